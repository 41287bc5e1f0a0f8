"""The pages of fakts for people on any screen, and what ending things on them brings about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from browsing import keep, log_in, serious_findings
from lab import Lab
from playwright.sync_api import Browser, Page, expect
from processes import eventually

SERVICES = ("fakts", "rekuest", "mikro")
PAGES = ("account/", "account/apps/", "account/sessions/", "account/keys/", "account/password/")
SCREENS = [
    ("phone", {"width": 390, "height": 844}, "dark", "de-DE"),
    ("desktop", {"width": 1280, "height": 800}, "light", "en-GB"),
]
MANIFEST = {
    "identifier": "org.example.pocket",
    "version": "1.0.0",
    "author": "Ada Lovelace",
    "description": "Watches a bench from a phone.",
    "scopes": ["openid", "read"],
    "requirements": [
        {"key": "rekuest", "service": "live.arkitekt.rekuest", "optional": False},
        {"key": "mikro", "service": "live.arkitekt.mikro", "optional": True},
    ],
    "device_id": "pocket-1",
}


def started(lab: Lab, **changes: Any) -> dict[str, Any]:
    """Begin a device login as an app does."""
    body = {
        "manifest": {**MANIFEST, **changes},
        "expiration_time_seconds": 300,
        "redirect_uris": [],
        "requested_client_kind": "development",
        "requested_client_role": "interface",
    }
    answer = httpx.post(f"{lab.platform.url}/fakts/o/app-authorization/", json=body)
    return dict(answer.raise_for_status().json())


def token_of(lab: Lab, login: dict[str, Any]) -> str:
    """The access token of an approved login."""
    answer = lab.platform.post_form(
        "/fakts/o/token/",
        grant_type="urn:ietf:params:oauth:grant-type:device_code",
        device_code=login["device_code"],
        client_id=login["client_id"],
    )
    return str(answer.json()["access_token"])


def is_taken(lab: Lab, service: str, token: str) -> bool:
    """Whether a service answers somebody who has this token."""
    answer = httpx.post(
        f"{lab.platform.url}/{service}/graphql",
        json={"query": "{ __typename }"},
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code == 200 and "errors" not in answer.json()


@pytest.fixture(params=SCREENS, ids=lambda screen: screen[0])
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[str, Page]]:
    """A page on a phone or a desktop, dark or light, in one of the languages."""
    name, viewport, scheme, locale = request.param
    context = browser.new_context(
        viewport=viewport, color_scheme=scheme, locale=locale, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    yield name, context.new_page()
    context.close()


def test_every_page_is_accessible_on_any_screen(lab: Lab, screen: tuple[str, Page]) -> None:
    name, page = screen
    found: dict[str, list[str]] = {}

    def look(what: str) -> None:
        keep(page, f"pages-{what}-{name}")
        found[what] = serious_findings(page)
        width = page.evaluate("document.documentElement.scrollWidth") if name == "phone" else 0
        assert width <= 390, f"{what} scrolls sideways"

    login = started(lab)
    page.goto(login["verification_uri_complete"])
    look("log-in")
    page.locator("#username").fill(lab.user)
    page.locator("#password").fill(lab.password)
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("heading", name=MANIFEST["identifier"])).to_be_visible()
    look("approve")
    page.locator("button[value=allow]").click()
    look("allowed")
    again = started(lab, version="1.1.0", scopes=["openid", "read", "write"])
    page.goto(again["verification_uri_complete"])
    expect(page.locator(".change.more")).to_be_visible()
    look("approve-again")
    page.locator("button[value=deny]").click()
    look("denied")
    for path in PAGES:
        page.goto(f"{lab.platform.url}/fakts/{path}")
        look(path.strip("/").replace("/", "-"))
    page.goto(f"{lab.platform.url}/fakts/configure/ABCD-EFGH")
    look("unknown-code")

    assert {what: one for what, one in found.items() if one} == {}


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
    login = started(lab, identifier="org.example.gone")
    lab.approve(login["user_code"])
    token = token_of(lab, login)
    assert [is_taken(lab, service, token) for service in SERVICES] == [True] * 3

    page.goto(f"{lab.platform.url}/fakts/account/apps/")
    log_in(page, username=lab.user, password=lab.password)
    page.get_by_role("button", name="Remove org.example.gone").click()

    for service in SERVICES:
        eventually(
            lambda name=service: not is_taken(lab, name, token), f"{service} refuses", timeout=60
        )
