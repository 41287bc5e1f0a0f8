"""A person approves, narrows and denies logins in a real browser; pictures are kept."""

from __future__ import annotations

import re

import pytest
from browsing import keep, log_in
from lab import Lab
from playwright.sync_api import Page, expect
from processes import Message, Program

APP = "org.example.bench"


def started(lab: Lab, identity: str, **environment: str) -> tuple[Program, Message]:
    """Start a device login; the program and the code with its link."""
    program = lab.start("login", identity, APP=APP, **environment)
    return program, program.wait(what="code")


def visit(page: Page, lab: Lab, link: str) -> None:
    """Open the link as somebody who has to log in first."""
    page.goto(link)
    log_in(page, username=lab.user, password=lab.password)


def test_a_person_logs_in_and_approves(lab: Lab, page: Page) -> None:
    program, code = started(lab, "browser-approve")
    page.goto(code["link"])
    keep(page, "1-log-in")
    log_in(page, username=lab.user, password="not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    keep(page, "2-log-in-refused")
    log_in(page, username=lab.user, password=lab.password)

    expect(page.get_by_role("heading", name=APP)).to_be_visible()
    expect(page.get_by_text("Where actions are offered")).to_be_visible()
    keep(page, "3-approve")
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("heading", name=f"{APP} may work for you")).to_be_visible()
    keep(page, "4-done")
    granted = program.wait(what="granted")
    assert granted["statuses"] == {"rekuest": "granted", "mikro": "granted"}


def test_a_person_declines_what_is_optional(lab: Lab, page: Page) -> None:
    program, code = started(lab, "browser-decline")
    visit(page, lab, code["link"])

    page.get_by_role("checkbox", name=re.compile("mikro", re.I)).uncheck()
    keep(page, "5-approve-narrowed")
    page.get_by_role("button", name="Allow").click()

    assert program.wait(what="granted")["statuses"] == {"rekuest": "granted", "mikro": "denied"}


def test_a_person_denies(lab: Lab, page: Page) -> None:
    program, code = started(lab, "browser-deny")
    visit(page, lab, code["link"])

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("heading", name="Denied")).to_be_visible()
    keep(page, "6-denied")
    assert program.wait(what="refused")["error"] == "UserDeniedError"


def test_a_person_types_the_code(lab: Lab, page: Page) -> None:
    program, code = started(lab, "browser-typed")
    visit(page, lab, f"{lab.platform.url}/fakts/configure/")
    keep(page, "7-enter-code")

    page.get_by_label("Code").fill(code["code"].lower())
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Allow").click()

    assert program.wait(what="granted")


def test_an_unknown_code_is_refused(lab: Lab, page: Page) -> None:
    visit(page, lab, f"{lab.platform.url}/fakts/configure/ABCD-EFGH")

    expect(page.locator("body")).to_contain_text("This code is not known")
    expect(page.get_by_role("button", name="Allow")).to_have_count(0)
    keep(page, "8-unknown-code")


def test_a_code_that_ran_out_says_so(
    hurried_lab: Lab, late_login: tuple[Program, Message], page: Page
) -> None:
    visit(page, hurried_lab, late_login[1]["link"])

    expect(page.get_by_role("heading", name="This code has expired")).to_be_visible()
    keep(page, "9-expired")


def test_an_app_that_needs_an_unknown_service_cannot_be_allowed(lab: Lab, page: Page) -> None:
    program, code = started(lab, "browser-laser", NEEDS="laser")
    visit(page, lab, code["link"])

    expect(page.get_by_text("org.example.laser")).to_be_visible()
    expect(page.get_by_role("button", name="Allow")).to_be_disabled()
    keep(page, "10-unknown-service")
    page.get_by_role("button", name="Deny").click()
    assert program.wait(what="refused")["error"] == "UserDeniedError"


def test_a_form_of_another_site_changes_nothing(lab: Lab, page: Page) -> None:
    program, code = started(lab, "browser-forged")
    visit(page, lab, code["link"])
    expect(page.get_by_role("button", name="Allow")).to_be_visible()

    answer = page.context.request.post(code["link"], form={"decision": "allow"})

    assert answer.status == 403
    assert not program.seen(what="granted")


@pytest.mark.parametrize("path", ["/fakts/login/", "/fakts/configure/"])
def test_the_pages_are_guarded(lab: Lab, page: Page, path: str) -> None:
    answer = page.goto(f"{lab.platform.url}{path}")

    assert answer is not None
    policy = answer.headers.get("content-security-policy", "")
    assert "frame-ancestors 'none'" in policy or answer.headers.get("x-frame-options") == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
