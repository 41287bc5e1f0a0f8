"""The first day of an installation in the browser, from the set-up link to the end of a session."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browsing import keep, log_in
from devices import Head, expired, polled, started
from lab import Lab
from platform_handle import Platform
from playwright.sync_api import Browser, Page, expect
from processes import Program
from screens import DESKTOP, Gallery, visitor

ADMIN_PASSWORD = "a long first password"
GUEST, GUEST_PASSWORD = "grace", "nine lazy otters"
APP = "org.example.bench"
PHONE_BROWSER = "Mozilla/5.0 (iPhone) Version/18 Safari/604"


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """The admin's browser, on a desktop."""
    with visitor(browser, viewport=DESKTOP) as page:
        yield page


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """The second person's browser, 390 pixels wide."""
    with visitor(browser, user_agent=PHONE_BROWSER) as page:
        yield page


def set_up(page: Page, platform: Platform) -> None:
    """Choose the first admin's password by the one-time link, which then works no more."""
    link = platform.setup_link
    page.goto(link)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shown = Gallery(page, scheme)
        shown.look("set-up")
        assert shown.wrong == {}
    for field in page.locator("input[type=password]").all():
        field.fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_label("Code")).to_be_visible()
    page.context.clear_cookies()
    page.goto(link)
    expect(page.locator("body")).to_contain_text(re.compile("used|expired|no longer", re.I))
    page.goto(f"{platform.url}/fakts/account/")
    log_in(page, username="admin", password=ADMIN_PASSWORD)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def join(page: Page, link: str) -> None:
    """Make an account by an invite."""
    page.goto(link)
    expect(page.get_by_role("heading", name="Join Default")).to_be_visible()
    page.get_by_label("User name").fill(GUEST)
    page.get_by_label("Password", exact=True).fill(GUEST_PASSWORD)
    page.locator("input[name=again]").fill(GUEST_PASSWORD)
    page.get_by_role("button", name="Make the account and join").click()
    expect(page.get_by_text("You are a member now")).to_be_visible()


def approve_without_images(page: Page, app: Program) -> None:
    """Let a real app in, but not to the images, which it can do without."""
    page.goto(app.wait(what="code")["link"])
    expect(page.get_by_role("heading", name=APP)).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("mikro", re.I)).uncheck()
    keep(page, "first-day-approve-on-a-phone")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name=f"{APP} may work for you")).to_be_visible()
    granted = app.wait(what="granted")
    assert granted["statuses"] == {"rekuest": "granted", "mikro": "denied"}


def deny(page: Page, platform: Platform) -> None:
    """Refuse an app; it is told so."""
    login = started(platform)
    page.goto(login["verification_uri_complete"])
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", name="Denied")).to_be_visible()
    assert polled(platform, login)["error"] == "access_denied"


def come_too_late(page: Page, platform: Platform) -> None:
    """Open the link of a code that ran out."""
    page.goto(expired(platform)["verification_uri_complete"])
    expect(page.get_by_role("heading", name="This code has expired")).to_be_visible()
    expect(page.get_by_role("button", name="Allow")).to_have_count(0)


def end_the_session_of_the_phone(desk: Page, phone: Page, platform: Platform) -> None:
    """End a session from another browser; the phone has to log in again, the desk has not."""
    account = f"{platform.url}/fakts/account/"
    desk.goto(f"{platform.url}/fakts/login/?again=1")
    log_in(desk, username=GUEST, password=GUEST_PASSWORD)
    desk.goto(f"{account}sessions/")
    row = desk.get_by_role("listitem").filter(has_text="Safari on iPhone")
    row.get_by_role("button", name="End").click()
    expect(desk.get_by_text("Safari on iPhone")).to_have_count(0)
    phone.goto(account)
    expect(phone.get_by_role("heading", name="Log in")).to_be_visible()
    desk.goto(account)
    expect(desk.get_by_role("heading", name="Your account")).to_be_visible()


def test_the_first_day(platform: Platform, lab: Lab, desk: Page, phone: Page) -> None:
    set_up(desk, platform)
    join(phone, Head(platform, name="admin", organization="default").invite())
    approve_without_images(phone, lab.start("login", "first-day", APP=APP))
    deny(phone, platform)
    come_too_late(phone, platform)
    end_the_session_of_the_phone(desk, phone, platform)
