"""Every page of fakts on a phone and a desktop, light and dark: pictures, and what axe finds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from devices import Head, Login, expired, started
from lab import Lab
from platform_handle import Platform
from playwright.sync_api import Browser, expect
from screens import Gallery, gallery, visitor

ACCOUNT = ("", "apps/", "sessions/", "keys/", "password/")
LASER = {"key": "laser", "service": "org.example.laser", "optional": False}
NEWCOMER = "nine lazy otters"


@pytest.fixture(scope="module")
def lab(
    platform: Platform, python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """An organization of its own, for its strategy changes and it gets a second hub."""
    folder = tmp_path_factory.mktemp("gallery")
    with closing(Lab(platform, name="gallery", folder=folder, python=python)) as lab:
        yield lab


@pytest.fixture(scope="module")
def head(lab: Lab) -> Head:
    """The lab's admin."""
    lab.add_user("gallery-head", lab.password, role="admin")
    return Head(lab.platform, name="gallery-head", organization=lab.organization)


@pytest.fixture(scope="module")
def late(lab: Lab) -> Login:
    """A login whose code ran out."""
    return expired(lab.platform)


def log_in(shown: Gallery, username: str, password: str) -> None:
    """Fill the form in, in whatever language it is."""
    page = shown.page
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("main button[type=submit]").click()


def approvals(shown: Gallery, lab: Lab, late: Login) -> None:
    """Look at a device login and everything that may become of it."""
    page, app = shown.page, f"org.example.{shown.scheme}"
    login = started(lab.platform, identifier=app)
    shown.visit(login["verification_uri_complete"], "log-in")
    log_in(shown, lab.user, "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    shown.look("log-in-refused")
    log_in(shown, lab.user, lab.password)
    expect(page.get_by_role("heading", name=app)).to_be_visible()
    shown.look("approve")
    page.locator("button[value=allow]").click()
    expect(page.locator("button[value=allow]")).to_have_count(0)
    shown.look("allowed")

    again = started(
        lab.platform, identifier=app, version="1.1.0", scopes=["openid", "read", "write"]
    )
    page.goto(again["verification_uri_complete"])
    expect(page.locator(".change.more")).to_be_visible()
    shown.look("approve-again")
    page.locator("button[value=deny]").click()
    expect(page.locator("button[value=deny]")).to_have_count(0)
    shown.look("denied")

    burner = started(lab.platform, identifier="org.example.burner", requirements=[LASER])
    page.goto(burner["verification_uri_complete"])
    expect(page.locator("button[value=allow]")).to_be_disabled()
    shown.look("approve-impossible")
    shown.visit(f"{lab.platform.url}/fakts/configure/", "enter-code")
    shown.visit(f"{lab.platform.url}/fakts/configure/ABCD-EFGH", "unknown-code")
    shown.visit(late["verification_uri_complete"], "expired-code")


def choices(shown: Gallery, lab: Lab, head: Head) -> None:
    """Look at an app several hubs and instances fit, and at one an admin has to let in."""
    page = shown.page
    add_room(head, f"room-{shown.scheme}")
    fitting = started(lab.platform, identifier=f"org.example.choice-{shown.scheme}")
    page.goto(fitting["verification_uri_complete"])
    expect(page.get_by_role("combobox")).to_be_visible()
    shown.look("approve-choices")
    head.change("setStrategy", "SetStrategyInput", "approval", approval="admin")
    try:
        page.goto(fitting["verification_uri_complete"])
        expect(page.locator("#admin")).to_be_visible()
        shown.look("approve-by-admin")
        page.locator("button[value=allow]").click()
        expect(page.locator("a.button")).to_be_visible()
        shown.look("admin-asked")
    finally:
        head.change("setStrategy", "SetStrategyInput", "approval", approval="member")


def add_room(head: Head, name: str) -> None:
    """Make a second hub, and a second instance in the first."""
    hub = head.change(
        *("createHub", "CreateHubInput", "id"),
        identifier=name,
        name=name,
        description="Where the graphics cards are.",
    )["id"]
    for where, service in (({"hub": hub}, "rekuest"), ({}, "mikro")):
        head.change(
            *("createServiceInstance", "CreateServiceInstanceInput", "id"),
            identifier=f"{service}-{name}",
            service=f"live.arkitekt.{service}",
            **where,
        )


def account(shown: Gallery, lab: Lab) -> None:
    """Look at the pages about oneself; needs a person who is logged in."""
    page, root = shown.page, f"{lab.platform.url}/fakts/account/"
    for path in ACCOUNT:
        shown.visit(root + path, f"account-{path.strip('/') or 'me'}")
    page.goto(f"{root}keys/")
    page.locator("#label").fill("night run")
    page.locator("main .actions button").click()
    expect(page.locator("code.secret")).to_be_visible()
    shown.look("account-keys-new")
    page.goto(f"{lab.platform.url}/fakts/o/logout/")
    shown.look("log-out")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".badge")).to_be_visible()
    shown.look("logged-out")


def deciding(shown: Gallery, lab: Lab) -> None:
    """Look at what members ask an admin for; one of them asked for an app before."""
    page, root = shown.page, f"{lab.platform.url}/fakts/"
    page.goto(f"{root}account/requests/")
    log_in(shown, "gallery-head", lab.password)
    expect(page.get_by_text(f"org.example.choice-{shown.scheme}").first).to_be_visible()
    shown.look("account-requests")
    page.goto(f"{root}o/logout/")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".badge")).to_be_visible()


def invites(shown: Gallery, lab: Lab, head: Head) -> None:
    """Look at an invite as a stranger, as a member, and when it is used up."""
    page, name = shown.page, f"guest-{shown.scheme}"
    link, other = head.invite(), head.invite()
    shown.visit(link, "invite")
    page.locator("#username").fill(name)
    page.locator("input[name=password]").fill(NEWCOMER)
    page.locator("input[name=again]").fill("something else")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    shown.look("invite-refused")
    page.locator("input[name=password]").fill(NEWCOMER)
    page.locator("input[name=again]").fill(NEWCOMER)
    page.locator("main form button").click()
    expect(page.locator("nav.tabs")).to_be_visible()
    shown.look("joined")
    shown.visit(link, "invite-used")
    shown.visit(other, "invite-with-account")
    page.locator("button[value=decline]").click()
    expect(page.locator(".badge")).to_be_visible()
    shown.look("invite-declined")

    head.block(name)
    page.goto(started(lab.platform)["verification_uri_complete"])
    expect(page.locator(".badge")).to_be_visible()
    shown.look("no-organization")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(
    lab: Lab, head: Head, late: Login, browser: Browser, scheme: str
) -> None:
    with gallery(browser, scheme) as shown:
        approvals(shown, lab, late)
        choices(shown, lab, head)
        account(shown, lab)
        deciding(shown, lab)
        invites(shown, lab, head)
        assert shown.wrong == {}


def test_a_page_that_cannot_be_read_is_found(lab: Lab, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(f"{lab.platform.url}/fakts/login/")
        shown = Gallery(page, "broken")
        page.locator("label").first.evaluate("label => label.remove()")
        page.locator(".foot").evaluate("foot => { foot.textContent = 'x'.repeat(999); }")
        shown.look("log-in")
    assert "label" in str(shown.wrong["log-in-phone-broken"])
    assert "sideways" in str(shown.wrong["log-in-phone-broken"])
