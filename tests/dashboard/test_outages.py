"""With one service away the rest works, says what is away, and recovers by itself."""

from __future__ import annotations

import re

import pytest
from desk import Desk
from platform_handle import Platform
from playwright.sync_api import expect

AWAY_PAGES = {
    "rekuest": ("/o/lab/tasks", "Tasks", "/o/lab/data", "Data"),
    "mikro": ("/o/lab/data", "Data", "/o/lab/actions", "Actions"),
    "kabinet": ("/o/lab/store", "Store", "/o/lab/tasks", "Tasks"),
    "fakts": ("/o/lab/apps", "Apps", "/o/lab/tasks", "Tasks"),
}
#: What a browser says of a service that does not answer.
OUTAGE = (r"status of 50\d", "Failed to load resource", "WebSocket connection")


def follow(desk: Desk, title: str) -> None:
    """Go to a page by the rail: a new visit would need fakts to log in."""
    desk.page.get_by_role("navigation", name="Places").get_by_role("link", name=title).click()
    desk.titled(title)


@pytest.mark.parametrize("service", AWAY_PAGES)
def test_a_service_goes_away_and_comes_back(desk: Desk, platform: Platform, service: str) -> None:
    _, away, _, other = AWAY_PAGES[service]
    desk.expected += OUTAGE
    page = desk.open("/o/lab", title="Home")
    with platform.without(service):
        expect(page.get_by_role("status").filter(has_text=f"{service} away")).to_be_visible()
        follow(desk, away)
        notice = page.get_by_text(f"{service} is away", exact=True).first
        expect(notice).to_be_visible()
        desk.picture(f"away-{service}")
        follow(desk, other)
        expect(page.get_by_text(re.compile(" is away$"))).to_have_count(0)
        expect(page.get_by_role("table").or_(page.get_by_text("yet.")).first).to_be_visible()
        follow(desk, away)
        expect(notice).to_be_visible()
    expect(page.get_by_text(f"{service} is away", exact=True)).to_have_count(0, timeout=180_000)
    expect(page.get_by_role("status").filter(has_text=f"{service} away")).to_have_count(0)
