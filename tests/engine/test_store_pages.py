"""The store in a real browser: an app is taken in, approved, installed, watched, revoked.

All parts are real: engine, registry, deployer, and an image by the released clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import daemon
import pytest
from author import Author
from browsing import launched
from desk import PASSWORD, Desk, desk_in
from platform_handle import clients_python
from playwright.sync_api import Locator, Page, expect
from processes import eventually
from shop import Shop

APP = "org.example.shelf"
#: An image is pulled and a client imported on a machine that does more than this.
PATIENCE_MS = 240_000


@pytest.fixture(scope="module")
def repository(
    engine: daemon.Engine,
    base: str,
    registry: str,
    tag: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Where an author has released version 0.1.0."""
    folder = tmp_path_factory.mktemp("author") / "app"
    author = Author(folder, identifier=APP, base=base, engine=engine, python=clients_python())
    author.init()
    where = f"{registry}/{tag}/shelf"
    author.release(where)
    return where


@pytest.fixture
def desk(shop: Shop) -> Iterator[Desk]:
    """The page of the one who may approve."""
    with launched() as browser, desk_in(browser, shop.lab.platform.url) as desk:
        desk.log_in("/", username=shop.lab.user, password=PASSWORD)
        desk.titled("Home")
        yield desk


def state(page: Page, word: str) -> Locator:
    """The badge that tells a state."""
    return page.locator("[data-state]").filter(has_text=re.compile(f"^{word}$"))


def patiently(found: Locator) -> None:
    """Wait for something that takes its time."""
    expect(found).to_be_visible(timeout=PATIENCE_MS)


def take_in(desk: Desk, repository: str) -> None:
    """Follow a repository and wait until it was read."""
    page = desk.open("/o/lab/store?tab=repos", title="Store")
    page.get_by_role("button", name="Add a repository").click()
    page.get_by_label("Reference").fill(repository)
    page.get_by_role("button", name="Add it").click()
    known = page.locator(".bh-card").filter(has_text=repository)
    patiently(known.get_by_text("read", exact=True))


def approve_and_install(desk: Desk) -> None:
    """Find the app by what it can do, look at what it asks for, approve, and see it come up."""
    page = desk.open("/o/lab/store", title="Store")
    page.get_by_role("textbox", name="Search").fill("count words")
    page.get_by_role("link", name=APP).click()
    desk.titled(APP)
    desk.picture("store-app")
    install = page.get_by_role("button", name="Install on")
    patiently(install)
    install.click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_text("act as you")).to_be_visible()
    desk.picture("store-approve")
    asked.get_by_role("button", name="Approve").click()
    progress = page.get_by_role("region", name=f"Install {APP} 0.1.0")
    patiently(progress.get_by_text(re.compile(r"^\d+ %$")))
    patiently(progress.get_by_text(f"Install {APP} 0.1.0: done"))
    patiently(state(page, "running"))


def watch_stop_and_start(desk: Desk, shop: Shop) -> None:
    """Read the log as it is written, stop the container, and start it again."""
    page = desk.page
    page.get_by_role("link", name=re.compile(r"^0\.1\.0 on ")).click()
    log = page.get_by_label("Log", exact=True)
    expect(log).to_contain_text("counter 0.1.0 starts", timeout=PATIENCE_MS)
    desk.picture("store-pod")
    page.get_by_role("button", name="Stop", exact=True).click()
    patiently(state(page, "stopped"))
    assert shop.containers() == []
    page.get_by_role("button", name="Start", exact=True).click()
    patiently(state(page, "running"))
    shop.until_served_by(APP, "0.1.0")
    assert shop.call(APP, "tell_version") == "0.1.0"


def revoke(desk: Desk, shop: Shop) -> None:
    """Take the approval back: what runs under it is told, and stops."""
    page = desk.page
    page.get_by_role("link", name=APP).click()
    page.get_by_role("button", name=f"Revoke the approval of {shop.lab.user}").click()
    revoking = page.get_by_role("dialog")
    expect(revoking.get_by_text("1 container runs under it")).to_be_visible()
    revoking.get_by_role("button", name="Revoke it").click()
    patiently(state(page, "revoked"))
    patiently(state(page, "stopped"))
    assert shop.containers() == []


def remove(desk: Desk) -> None:
    """Remove the container with its data; the page goes back to what is installed."""
    page = desk.page
    page.get_by_role("link", name=re.compile(r"^0\.1\.0 on ")).click()
    expect(page.get_by_text("it cannot be started again")).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    removing = page.get_by_role("dialog")
    removing.get_by_role("checkbox").check()
    removing.get_by_role("button", name=f"Remove {APP}").click()
    patiently(page.get_by_text("Nothing is installed."))


def test_an_app_is_installed_by_the_browser_answers_and_is_revoked(
    desk: Desk, shop: Shop, repository: str
) -> None:
    take_in(desk, repository)
    approve_and_install(desk)
    assert len(shop.containers()) == 1
    shop.until_served_by(APP, "0.1.0")
    assert shop.call(APP, "count_words", text="one two three") == 3
    watch_stop_and_start(desk, shop)
    revoke(desk, shop)
    eventually(lambda: not shop.is_connected(APP), "the app to be gone from the platform")
    remove(desk)
    assert desk.complaints() == []
