"""What ending things on the account pages brings about."""

from __future__ import annotations

import httpx
from browsing import log_in
from devices import started, token_of
from lab import Lab
from playwright.sync_api import Browser, Page, expect
from processes import eventually

SERVICES = ("fakts", "rekuest", "mikro")


def is_taken(lab: Lab, service: str, token: str) -> bool:
    """Whether a service answers somebody who has this token."""
    answer = httpx.post(
        f"{lab.platform.url}/{service}/graphql",
        json={"query": "{ __typename }"},
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code == 200 and "errors" not in answer.json()


def test_a_session_is_ended_from_another_browser(lab: Lab, browser: Browser, page: Page) -> None:
    elsewhere = browser.new_context(user_agent="Mozilla/5.0 (iPhone) Version/18 Safari/604")
    phone = elsewhere.new_page()
    account = f"{lab.platform.url}/fakts/account/"
    for each in (phone, page):
        each.goto(account)
        log_in(each, username=lab.user, password=lab.password)
        expect(each.get_by_role("heading", name="Your account")).to_be_visible()

    page.goto(f"{account}sessions/")
    row = page.get_by_role("listitem").filter(has_text="Safari on iPhone").first
    row.get_by_role("button", name="End").click()
    expect(page.get_by_text("Safari on iPhone")).to_have_count(0)

    phone.goto(account)
    expect(phone.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto(account)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    elsewhere.close()


def test_a_removed_app_is_refused_everywhere_within_a_minute(lab: Lab, page: Page) -> None:
    login = started(lab.platform, identifier="org.example.gone")
    lab.approve(login["user_code"])
    token = token_of(lab.platform, login)
    assert [is_taken(lab, service, token) for service in SERVICES] == [True] * 3

    page.goto(f"{lab.platform.url}/fakts/account/apps/")
    log_in(page, username=lab.user, password=lab.password)
    page.get_by_role("button", name="Remove org.example.gone").click()

    for service in SERVICES:
        eventually(
            lambda name=service: not is_taken(lab, name, token), f"{service} refuses", timeout=60
        )
