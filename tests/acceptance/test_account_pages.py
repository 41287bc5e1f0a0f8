"""What ending things on the account pages brings about."""

from __future__ import annotations

from browsing import log_in
from lab import Lab
from playwright.sync_api import Browser, Page, expect


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
