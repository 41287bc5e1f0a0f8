"""Without a mouse: the way round a page by Tab, and where the focus is when something closes."""

from __future__ import annotations

import re

import pytest
from desk import Desk
from playwright.sync_api import Page, expect

#: More stops than any page has.
MOST_STOPS = 200
_HERE = """() => {
  const here = document.activeElement;
  const seen = here.dataset.seen === "yes";
  here.dataset.seen = "yes";
  return [seen, here === document.body];
}"""
_FIRST = """() => [...document.querySelectorAll("*")].find((el) => el.tabIndex >= 0).outerHTML"""
_LEFT_OUT = """() => [...document.querySelectorAll("a[href], button, input, [tabindex='0']")]
  .filter((el) => el.checkVisibility({ visibilityProperty: true }) && !el.disabled)
  .filter((el) => el.tabIndex >= 0 && !el.closest("[inert]") && el.dataset.seen !== "yes")
  .filter((el) => el.type !== "radio" && el.getAttribute("role") !== "tab")
  .map((el) => el.outerHTML.slice(0, 160))"""


def walk(page: Page) -> None:
    """Press Tab from the first stop on, until it is left or comes round."""
    page.locator(".bh-skip").focus()
    page.evaluate(_HERE)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if any(page.evaluate(_HERE)):
            return
    raise AssertionError("Tab goes round without an end")


@pytest.mark.parametrize(
    ("path", "title"),
    [("/o/lab/data", "Data"), ("/o/lab/people", "People"), ("/o/lab/ops?tab=jobs", "Operations")],
)
def test_tab_comes_to_everything_and_is_caught_nowhere(desk: Desk, path: str, title: str) -> None:
    page = desk.open(path, title=title)
    expect(page.locator("[data-waiting]")).to_have_count(0)
    walk(page)
    assert page.evaluate(_LEFT_OUT) == []


def test_the_places_can_be_skipped(desk: Desk) -> None:
    page = desk.open("/o/lab/agents", title="Agents")
    assert "bh-skip" in page.evaluate(_FIRST)
    skip = page.get_by_role("link", name="Skip to the page")
    skip.focus()
    assert skip.evaluate("link => link.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Search")).to_be_focused()


@pytest.mark.parametrize(
    ("path", "title", "opener"),
    [
        ("/o/lab/people", "People", "Invite somebody"),
        ("/o/lab/data", "Data", "New folder"),
        ("/o/lab/apps?tab=keys", "Apps", "New key"),
        ("/o/lab/ops?tab=values", "Operations", "New value"),
        ("/o/lab/agents", "Agents", "Search everything"),
    ],
)
def test_the_focus_goes_into_a_dialog_and_back(
    desk: Desk, path: str, title: str, opener: str
) -> None:
    page = desk.open(path, title=title)
    button = page.get_by_role("button", name=opener, exact=True).first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_a_menu_is_opened_walked_and_closed(desk: Desk) -> None:
    page = desk.open("/o/lab", title="Home")
    button = page.get_by_role("button", name=re.compile("^My account"))
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=menuitem]:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_row_of_a_table_is_opened_and_the_focus_comes_back(desk: Desk) -> None:
    page = desk.open("/o/lab/ops?tab=audit", title="Operations")
    table = page.get_by_role("table", name="Audit trail")
    table.focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(table).to_be_focused()


def test_what_only_a_mouse_reaches_is_found(desk: Desk) -> None:
    page = desk.open("/o/lab/agents", title="Agents")
    assert desk.out_of_reach() == []
    page.locator("h1").evaluate(
        """title => {
          const made = (name) => Object.assign(document.createElement(name), { id: `by-${name}` });
          const button = title.parentElement.appendChild(made("button"));
          button.append("Press");
          button.tabIndex = -1;
          const text = title.parentElement.appendChild(made("span"));
          text.append("Press");
          text.style.cursor = "pointer";
        }"""
    )
    assert [re.findall('id="(by-[a-z]+)"', one) for one in desk.out_of_reach()] == [
        ["by-button"],
        ["by-span"],
    ]
