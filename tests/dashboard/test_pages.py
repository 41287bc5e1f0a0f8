"""Every page at every width and in both colour schemes: pictures, and what axe finds."""

from __future__ import annotations

import re

import pytest
from desk import ADMIN, DESKTOP, PASSWORD, PHONE, Desk, desk_in
from lab import Lab
from playwright.sync_api import Browser, expect
from processes import Program

PAGES = {
    "home": ("/o/lab", "Home"),
    "tasks": ("/o/lab/tasks", "Tasks"),
    "approvals": ("/o/lab/approvals", "Approvals"),
    "actions": ("/o/lab/actions", "Actions"),
    "agents": ("/o/lab/agents", "Agents"),
    "data": ("/o/lab/data", "Data"),
    "data-grid": ("/o/lab/data?view=grid", "Data"),
    "trash": ("/o/lab/data/trash", "Trash"),
    "storage": ("/o/lab/data/storage", "Storage"),
    "store": ("/o/lab/store", "Store"),
    "store-installed": ("/o/lab/store?tab=installed", "Store"),
    "store-repos": ("/o/lab/store?tab=repos", "Store"),
    "people": ("/o/lab/people", "People"),
    "invites": ("/o/lab/people?tab=invites", "People"),
    "roles": ("/o/lab/people?tab=roles", "People"),
    "organization": ("/o/lab/people?tab=organization", "People"),
    "apps": ("/o/lab/apps", "Apps"),
    "keys": ("/o/lab/apps?tab=keys", "Apps"),
    "services": ("/o/lab/services", "Services"),
    "operations": ("/o/lab/ops", "Operations"),
    "audit": ("/o/lab/ops?tab=audit", "Operations"),
    "dead-letters": ("/o/lab/ops?tab=dead", "Operations"),
    "limits": ("/o/lab/ops?tab=limits", "Operations"),
    "remote-values": ("/o/lab/ops?tab=values", "Operations"),
    "me": ("/o/lab/me", "My account"),
    "device": ("/device", "Approve an app"),
    "not-found": ("/o/lab/no-such-page", "Not found"),
}
APP = "org.example.workshop"
SHAPES = {
    "desktop-light": {"viewport": DESKTOP, "color_scheme": "light"},
    "desktop-dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone-light": {"viewport": PHONE, "color_scheme": "light"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def work(lab: Lab, workshop: Program) -> None:
    """Tasks to look at: one that is done, one that failed."""
    caller = lab.running_caller()
    for interface, values in (("add", {"a": 1, "b": 2}), ("fail", {"message": "no lamp"})):
        caller.watch(caller.implementation(APP, interface), **values).end()


@pytest.fixture(scope="module", params=SHAPES)
def shape(request: pytest.FixtureRequest, browser: Browser, lab: Lab, work: None):
    with desk_in(browser, lab.platform.url, **SHAPES[request.param]) as desk:
        desk.log_in("/", username=ADMIN, password=PASSWORD)
        desk.titled("Home")
        yield request.param, desk


def settle(desk: Desk) -> None:
    """Wait until nothing is being read any more."""
    expect(desk.page.get_by_role("status", name="Loading")).to_have_count(0)
    desk.page.wait_for_timeout(350)


def test_every_page_can_be_read_by_everybody(shape: tuple[str, Desk]) -> None:
    name, desk = shape
    desk.forget()
    found = {}
    sideways = []
    for page, (path, title) in PAGES.items():
        desk.open(path, title=title)
        settle(desk)
        desk.picture(f"{page}-{name}")
        findings = desk.accessibility()
        if findings:
            found[page] = findings
        wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            sideways.append((page, wide))
    assert found == {}
    assert sideways == []
    assert desk.complaints() == []


def first_row(desk: Desk, path: str, title: str) -> None:
    desk.open(path, title=title)
    desk.page.get_by_role("table").get_by_role("row").filter(has=desk.page.get_by_role("cell")).nth(
        0
    ).click()
    expect(desk.page).not_to_have_url(re.compile(re.escape(path) + "$"))
    settle(desk)


@pytest.mark.parametrize(
    ("kind", "path", "title"),
    [
        ("task", "/o/lab/tasks", "Tasks"),
        ("action", "/o/lab/actions", "Actions"),
        ("agent", "/o/lab/agents", "Agents"),
    ],
)
def test_details_can_be_read_by_everybody(
    shape: tuple[str, Desk], kind: str, path: str, title: str
) -> None:
    name, desk = shape
    desk.forget()
    first_row(desk, path, title)
    desk.picture(f"{kind}-{name}")
    assert desk.accessibility() == []
    assert desk.complaints() == []
