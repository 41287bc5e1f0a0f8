"""A new platform: the first admin sets a password, approves the example app and runs its action."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from desk import Desk, desk_in
from lab import Lab
from platform_handle import ROOT, Platform
from playwright.sync_api import Browser, expect
from processes import Program, eventually

HELLO = ROOT / "examples" / "hello" / "app.py"
APP = "org.example.hello"
SECRET = "a long first password"


@pytest.fixture
def newcomer(browser: Browser, platform: Platform) -> Iterator[Desk]:
    with desk_in(browser, platform.url) as desk:
        yield desk


@pytest.fixture
def hello(lab: Lab) -> Iterator[Program]:
    """The example of the README, started without a key."""
    command = (str(lab.python), str(HELLO))
    with closing(lab.start(command, "first-hello", BROWSER="true")) as program:
        yield program


def code_of(platform: Platform) -> str:
    """The code that the app waits with."""

    def find() -> str | None:
        waiting = platform.run("device", "list")
        return next((one["user_code"] for one in waiting if APP in str(one)), None)

    code: str = eventually(find, "a code of the app", timeout=120)
    return code


def test_from_the_one_time_link_to_the_first_result(
    newcomer: Desk, platform: Platform, hello: Program
) -> None:
    page = newcomer.page
    page.goto(platform.setup_link)
    for field in page.locator("input[type=password]").all():
        field.fill(SECRET)
    page.get_by_role("button", name="Set password").click()
    expect(page.locator("input[type=password]")).to_have_count(0)

    page.context.clear_cookies()
    newcomer.log_in("/", username="admin", password=SECRET)
    newcomer.titled("Home")
    steps = page.get_by_role("list", name="First steps")
    expect(steps).to_contain_text("Start the example app")
    newcomer.picture("story-first-steps")
    assert newcomer.accessibility() == []

    newcomer.open(f"/device?code={code_of(platform)}", title=APP)
    page.get_by_role("button", name="Allow").click()
    newcomer.titled("It may work for you now")
    page.get_by_role("button", name="Go to my home").click()
    steps.get_by_role("button", name="Run Greet").click()
    newcomer.titled("Greet")
    page.get_by_label("name").fill("Ada")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Hello, Ada!")).to_be_visible()
    newcomer.open("/", title="Home")
    expect(page.get_by_role("heading", name="Last failures")).to_be_visible()
    expect(steps).to_have_count(0)
    assert newcomer.complaints() == []
