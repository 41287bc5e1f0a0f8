"""A person's side of the pages: a browser without JavaScript, and what it shows."""

from __future__ import annotations

import re
from typing import Any

from appside import PASSWORD
from django.test import Client as Browser


def log_in(browser: Browser, username: str = "ada", password: str = PASSWORD, **more: str) -> Any:
    """Send the form of the log-in page."""
    return browser.post("/fakts/login/", {"username": username, "password": password, **more})


def decide(
    browser: Browser,
    started: dict[str, Any],
    decision: str = "allow",
    organization: str = "lab",
    **more: Any,
) -> Any:
    """Send the form of the page of a code."""
    form = {"decision": decision, "organization": organization, **more}
    return browser.post(page_of(started), form)


def page_of(started: dict[str, Any]) -> str:
    """The path of the page of a started device login."""
    return f"/fakts/configure/{started['user_code']}"


def text(answer: Any) -> str:
    """What is to be read on a page, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
