"""The real browser of the stories: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"
AXE = ROOT / "gateway/dashboard/node_modules/axe-core/axe.min.js"
#: The rules whose answer is another one in another colour scheme.
COLOUR_RULES = ("color-contrast", "link-in-text-block")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser; CHROMIUM names another one than Debian's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            headless=True,
            args=FLAGS,
        )
        yield browser
        browser.close()


def keep(page: Page, name: str) -> None:
    """Keep a picture of the whole page as an artifact."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def log_in(page: Page, *, username: str, password: str) -> None:
    """Fill the login form in and send it."""
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def serious_findings(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """The serious findings of axe on what is shown, each with the elements it is about.

    By all of its rules, or by these. Runs by the debugger: the page's own policy lets nobody
    evaluate text.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": [*rules]}
    session = page.context.new_cdp_session(page)
    try:
        there = session.send("Runtime.evaluate", {"expression": "typeof axe"})
        if there["result"]["value"] == "undefined":
            session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf8")})
        answer: dict[str, Any] = session.send(
            "Runtime.evaluate",
            {
                "expression": f"axe.run(document, {json.dumps(options)})",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
    finally:
        session.detach()
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node.get('failureSummary', '')}"
        for one in answer["result"]["value"]["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
