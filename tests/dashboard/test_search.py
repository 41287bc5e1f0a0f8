"""Going anywhere by typing."""

from __future__ import annotations

import re

from desk import Desk
from playwright.sync_api import Page, expect


def searching(desk: Desk, typed: str) -> Page:
    page = desk.open("/o/lab", title="Home")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to")).to_be_focused()
    page.keyboard.type(typed)
    return page


def test_a_place_is_reached_by_the_keyboard(desk: Desk) -> None:
    page = searching(desk, "operat")
    expect(page.get_by_role("option")).to_have_count(1)
    assert desk.accessibility() == []
    desk.picture("story-search")
    page.keyboard.press("Enter")
    desk.titled("Operations")


def test_an_action_is_found_among_all_things(desk: Desk) -> None:
    page = searching(desk, "survey")
    found = page.get_by_role("option").filter(has_text="Surveyaction")
    expect(found).to_have_count(1)
    found.click()
    desk.titled("Survey")


def test_the_arrow_keys_go_round(desk: Desk) -> None:
    page = searching(desk, "")
    first = page.get_by_role("option").first
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    last = page.get_by_role("option").last
    expect(last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_nowhere_is_told(desk: Desk) -> None:
    page = searching(desk, "there is no such thing")
    expect(page.get_by_role("dialog").get_by_text("Nothing found")).to_be_visible()


def test_a_number_leads_to_its_task(desk: Desk) -> None:
    page = searching(desk, "#999999999")
    expect(page.get_by_role("option").first).to_contain_text("task")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/tasks/999999999$"))
    expect(page.get_by_text("There is nothing at this address")).to_be_visible()
