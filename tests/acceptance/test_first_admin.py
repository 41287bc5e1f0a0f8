"""The one-time link of a new home makes the first admin's account, once."""

from __future__ import annotations

import re

from browsing import keep, log_in
from platform_handle import Platform
from playwright.sync_api import Page, expect


def test_the_first_admin_sets_a_password(platform: Platform, page: Page) -> None:
    link = platform.setup_link
    page.goto(link)
    keep(page, "11-set-up")
    for field in page.locator("input[type=password]").all():
        field.fill("a long first password")
    page.get_by_role("button", name="Set password").click()
    expect(page.locator("input[type=password]")).to_have_count(0)
    keep(page, "12-set-up-done")

    page.context.clear_cookies()
    page.goto(link)
    expect(page.locator("body")).to_contain_text(re.compile("used|expired|no longer", re.I))
    keep(page, "13-set-up-used")

    page.goto(f"{platform.url}/fakts/configure/")
    log_in(page, username="admin", password="a long first password")
    expect(page.get_by_label("Code")).to_be_visible()
