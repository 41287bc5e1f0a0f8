"""Logging in, staying in, and what a stranger or another organization's address shows."""

from __future__ import annotations

import pytest
from desk import ADMIN, PASSWORD, Desk, desk_in
from lab import Lab
from playwright.sync_api import Browser, expect


@pytest.fixture
def stranger(browser: Browser, lab: Lab):
    with desk_in(browser, lab.platform.url) as desk:
        yield desk


def test_a_stranger_logs_in_and_comes_to_the_page_asked_for(stranger: Desk) -> None:
    stranger.log_in("/o/lab/tasks?state=held", username=ADMIN, password=PASSWORD)
    stranger.at("/o/lab/tasks")
    stranger.titled("Tasks")
    expect(stranger.page).to_have_url(f"{stranger.url}/o/lab/tasks?state=held")
    assert stranger.complaints() == []


def test_no_token_is_kept_where_another_page_could_read_it(desk: Desk) -> None:
    desk.open("/o/lab", title="Home")
    kept = desk.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "eyJ" not in kept
    assert "access_token" not in kept


def test_a_reload_needs_no_password(desk: Desk) -> None:
    desk.open("/o/lab/agents", title="Agents")
    desk.page.reload()
    desk.titled("Agents")


def test_the_address_of_another_organization_is_not_found(desk: Desk, platform) -> None:
    platform.run("org", "create", "elsewhere")
    for slug in ("elsewhere", "there-is-no-such"):
        desk.open(f"/o/{slug}/tasks")
        desk.titled("Not found")
    desk.page.get_by_role("button", name="Go to my home").click()
    desk.at("/o/lab")
    desk.titled("Home")


def test_an_address_without_a_page_is_not_found(desk: Desk) -> None:
    desk.open("/o/lab/no-such-page")
    desk.titled("Not found")


def test_logging_out_ends_the_login_at_the_provider_too(stranger: Desk) -> None:
    stranger.log_in("/", username=ADMIN, password=PASSWORD)
    stranger.titled("Home")
    stranger.page.get_by_role("button", name="My account").click()
    stranger.page.get_by_role("menuitem", name="Log out").click()
    expect(stranger.page.get_by_text("You are logged out.")).to_be_visible()
    stranger.page.goto(f"{stranger.url}/o/lab")
    expect(stranger.page.get_by_label("User name")).to_be_visible()


def test_who_is_no_admin_sees_no_administration(stranger: Desk, lab: Lab) -> None:
    stranger.log_in("/", username=lab.user, password=lab.password)
    stranger.titled("Home")
    places = stranger.page.get_by_role("navigation", name="Places")
    expect(places.get_by_role("link", name="Actions")).to_be_visible()
    expect(places.get_by_role("link", name="People")).to_have_count(0)
