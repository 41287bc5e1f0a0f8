"""Every page at both widths and in both colour schemes: pictures, and what axe finds.

A page is opened once for both schemes: the colours are all that changes, and what axe says of
colours is asked again.
"""

from __future__ import annotations

import re

import httpx
import pytest
from desk import ADMIN, DESKTOP, PASSWORD, PHONE, Desk, desk_in
from lab import Lab
from places import LEADS_ON, PLACES, Place, route_of, routes
from playwright.sync_api import Browser, expect

SHAPES = {"desktop": DESKTOP, "phone": PHONE}
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module", params=SHAPES)
def shape(request: pytest.FixtureRequest, browser: Browser, lab: Lab, words: dict[str, str]):
    with desk_in(browser, lab.platform.url, viewport=SHAPES[request.param]) as desk:
        desk.log_in("/", username=ADMIN, password=PASSWORD)
        desk.titled("Home")
        desk.forget()
        yield request.param, desk


def waiting_code(lab: Lab) -> str:
    """The code of an app that waits to be let in; such codes do not live long."""
    needs = {"service": "live.arkitekt.rekuest", "key": "rekuest", "optional": False}
    likes = {"service": "live.arkitekt.mikro", "key": "mikro", "optional": True}
    body = {
        "manifest": {
            "identifier": "org.example.visitor",
            "version": "1.0.0",
            "scopes": ["openid"],
            "requirements": [needs, likes],
            "description": "Looks at the stage from time to time.",
        },
        "redirect_uris": [],
        "requested_client_kind": "development",
        "requested_client_role": "interface",
    }
    answer = httpx.post(f"{lab.platform.url}/fakts/o/app-authorization/", json=body)
    return str(answer.raise_for_status().json()["user_code"])


def test_every_route_has_its_pictures() -> None:
    known = routes()
    assert len(known) > 25
    seen = {route_of(place, known) for place in PLACES.values()}
    assert known - seen == LEADS_ON
    assert known >= LEADS_ON


def settle(desk: Desk, place: Place) -> None:
    """Wait until what the page is about has arrived and nothing is being read any more."""
    page = desk.page
    if place.shows:
        expect(page.get_by_text(place.shows).first).to_be_attached()
    if place.drawn:
        expect(page.locator(place.drawn)).to_be_visible()
    expect(page.locator("[data-waiting]")).to_have_count(0)


@pytest.mark.parametrize("name", PLACES)
def test_a_page_can_be_read_by_everybody(
    shape: tuple[str, Desk], lab: Lab, words: dict[str, str], name: str
) -> None:
    form, desk = shape
    place = PLACES[name]
    desk.forget()
    known = {**words, "code": waiting_code(lab)} if "{code}" in place.path else words
    desk.open(place.path.format(**known), title=place.title)
    settle(desk, place)
    for scheme in SCHEMES:
        desk.colour(scheme)
        assert desk.picture(f"{name}-{form}-{scheme}", whole=True).stat().st_size > 5_000
        found = desk.accessibility(colours_only=scheme != SCHEMES[0])
        assert found == [], scheme
    assert desk.out_of_reach() == []
    assert desk.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert desk.complaints() == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_open_over_a_page_can_be_read_by_everybody(
    shape: tuple[str, Desk], scheme: str
) -> None:
    form, desk = shape
    desk.forget()
    page = desk.open("/o/lab/people", title="People")
    desk.colour(scheme)
    page.get_by_role("button", name="Invite somebody").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    desk.picture(f"dialog-{form}-{scheme}")
    assert desk.accessibility() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^My account")).click()
    expect(page.get_by_role("menu")).to_be_visible()
    other = "Light" if scheme == "dark" else "Dark"
    expect(page.get_by_role("menuitem", name=f"{other} colours")).to_be_visible()
    desk.picture(f"menu-{form}-{scheme}")
    assert desk.accessibility() == []
    assert desk.complaints() == []
