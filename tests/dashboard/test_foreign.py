"""What belongs to another organization and what there is not look the same: not found."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from desk import PASSWORD, Desk, desk_in
from places import PLACES, route_of, routes
from platform_handle import Platform
from playwright.sync_api import Browser, expect

NOBODY = "999999999"
#: One place for each route that bears an id.
BY_ID = {
    str(route): place.path
    for place in reversed(PLACES.values())
    if "{" in place.path and "?" not in place.path
    for route in [route_of(place, routes())]
}


@pytest.fixture(scope="module")
def neighbour(browser: Browser, platform: Platform) -> Iterator[Desk]:
    """The admin of another organization of the same platform."""
    platform.run("org", "create", "alien")
    member = ("alien-admin", "--org", "alien", "--role", "admin", "--password-stdin")
    platform.run("user", "create", *member, stdin=PASSWORD)
    with desk_in(browser, platform.url) as desk:
        desk.log_in("/o/alien", username="alien-admin", password=PASSWORD)
        desk.titled("Home")
        yield desk


def said(desk: Desk, address: str) -> str:
    """What the page says where there is nothing."""
    desk.open(address)
    main = desk.page.get_by_role("main")
    expect(main.get_by_text("Not found", exact=True)).to_be_visible()
    return main.inner_text()


def test_every_route_by_id_is_tried() -> None:
    assert set(BY_ID) == {route for route in routes() if route.count("$") > 1}


@pytest.mark.parametrize("route", BY_ID)
def test_an_id_of_another_organization_is_not_found(
    neighbour: Desk, words: dict[str, str], route: str
) -> None:
    neighbour.forget()
    path = BY_ID[route].replace("/o/lab", "/o/alien")
    foreign = said(neighbour, path.format(**words))
    absent = said(neighbour, re.sub(r"\{\w+\}", NOBODY, path))
    assert foreign == absent
    assert neighbour.complaints() == []
