"""Running actions from their forms and watching, steering and deciding tasks."""

from __future__ import annotations

import re
from pathlib import Path

from desk import Desk
from playwright.sync_api import Page, expect
from processes import open_gate


def open_action(desk: Desk, action: str) -> Page:
    """Open an action from the list, its form as the app declares it."""
    page = desk.open("/o/lab/actions", title="Actions")
    named = page.get_by_role("cell", name=action, exact=True)
    page.get_by_role("row").filter(has=named).click()
    desk.titled(action)
    page.get_by_role("button", name="Reset to defaults").click()
    return page


def run(desk: Desk, action: str, **values: str) -> Page:
    """Open an action, fill its form in and run it."""
    page = open_action(desk, action)
    for label, value in values.items():
        page.get_by_label(re.compile(f"^{label}", re.I)).fill(value)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(re.compile(r"/tasks/\d+$"))
    desk.titled(action)
    return page


def state(page: Page, word: str) -> None:
    expect(
        page.locator("[data-state]").filter(has_text=re.compile(f"^{word}$")).first
    ).to_be_visible()


def test_an_action_runs_from_its_form_and_its_result_comes_by_itself(desk: Desk) -> None:
    page = run(desk, "Add", a="20", b="22")
    state(page, "done")
    result = page.locator("section").filter(has=page.get_by_role("heading", name="Result"))
    expect(result).to_contain_text("42")
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("log")).to_contain_text("adding")
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("list", name="Timeline")).to_contain_text("half way")


def test_run_again_brings_the_same_values(desk: Desk) -> None:
    page = run(desk, "Add", a="7", b="8")
    state(page, "done")
    page.get_by_role("button", name="Run again").click()
    desk.titled("Add")
    expect(page.get_by_label(re.compile("^a", re.I))).to_have_value("7")
    expect(page.get_by_label(re.compile("^b", re.I))).to_have_value("8")


def test_a_wrong_value_is_told_at_its_field_and_nothing_is_sent(desk: Desk) -> None:
    page = open_action(desk, "Add")
    page.get_by_label(re.compile("^a", re.I)).fill("half")
    page.get_by_label(re.compile("^b", re.I)).fill("")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("This must be a whole number.")).to_be_visible()
    expect(page.get_by_text("This is needed.")).to_be_visible()
    expect(page.get_by_label(re.compile("^a", re.I))).to_be_focused()
    expect(page).to_have_url(re.compile("/actions/"))
    assert desk.accessibility() == []


def test_yields_come_one_after_the_other(desk: Desk) -> None:
    page = run(desk, "Count", to="4")
    state(page, "done")
    expect(page.get_by_role("list", name="Earlier results").get_by_role("listitem")).to_have_count(
        3
    )


def test_a_failure_says_why(desk: Desk) -> None:
    page = run(desk, "Fail", message="the lamp is broken")
    expect(page.get_by_role("status").filter(has_text="the lamp is broken")).to_be_visible()
    desk.open("/o/lab", title="Home")
    failures = page.locator("section").filter(has=page.get_by_role("heading", name="Last failures"))
    expect(failures).to_contain_text("the lamp is broken")


def test_a_long_task_is_paused_resumed_and_cancelled(desk: Desk, tmp_path: Path) -> None:
    page = run(desk, "Pace", folder=str(tmp_path), steps="3")
    state(page, "running")
    page.get_by_role("button", name="Pause", exact=True).click()
    state(page, "pausing")
    (tmp_path / "1").touch()
    state(page, "paused")
    expect(page.get_by_text("It was paused and goes on when it is resumed.")).to_be_visible()
    page.get_by_role("button", name="Resume", exact=True).click()
    state(page, "running")
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What it has saved so far stays.")
    dialog.get_by_role("button", name="Cancel task").click()
    state(page, "cancelled")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_have_count(0)


def test_the_list_follows_and_its_filter_is_in_the_address(desk: Desk, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run(desk, "Wait For", gate=str(gate))
    page = desk.open("/o/lab/tasks?state=running", title="Tasks")
    row = page.get_by_role("row").filter(has_text="Wait For").first
    expect(row).to_contain_text("running")
    expect(row).to_contain_text("10 %")
    open_gate(gate, "open")
    expect(row).to_contain_text("done")
    page.get_by_role("group", name="Filter by state").get_by_text("running").click()
    desk.at("/o/lab/tasks")
    expect(page).not_to_have_url(re.compile("state="))


def begin_survey(desk: Desk, *, ask: bool) -> Page:
    """Run the workflow that moves to two stops."""
    page = open_action(desk, "Survey")
    for number, stop in enumerate(("3", "5"), start=1):
        page.get_by_role("button", name="Add to stops").click()
        page.get_by_label(re.compile(f"^stops {number}")).fill(stop)
    page.get_by_label(re.compile("^gate")).fill("/")
    if not ask:
        page.get_by_label("Let it begin other actions without asking").check(force=True)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(re.compile(r"/tasks/\d+$"))
    return page


def test_a_workflow_shows_its_tree(desk: Desk) -> None:
    page = begin_survey(desk, ask=False)
    state(page, "done")
    page.get_by_role("tab", name="Tree").click()
    expect(page.get_by_role("treeitem")).to_have_count(3)


def test_what_a_workflow_begins_is_approved_and_denied(desk: Desk) -> None:
    page = begin_survey(desk, ask=True)
    address = page.url
    page.get_by_role("button", name="Decide").click()
    desk.titled("Approvals")
    one = page.get_by_role("article", name="Move")
    expect(one).to_contain_text("3")
    assert desk.accessibility() == []
    desk.picture("story-approve")
    one.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. It goes on now.")).to_be_visible()
    expect(page.get_by_role("article", name="Move")).to_contain_text("5")
    page.get_by_label("Answer to the app (may be empty)").fill("too far")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Nothing waits for approval.")).to_be_visible()
    page.goto(address)
    state(page, "broken")
    expect(page.get_by_role("status").filter(has_text="too far")).to_be_visible()
    page.get_by_role("tab", name="Tree").click()
    expect(page.get_by_role("treeitem").filter(has_text="denied")).to_have_count(1)


def test_values_are_kept_under_a_name_and_chosen_again(desk: Desk) -> None:
    page = open_action(desk, "Add")
    page.get_by_label(re.compile("^a", re.I)).fill("31")
    page.get_by_label(re.compile("^b", re.I)).fill("11")
    page.get_by_role("button", name="Keep these values").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("The answer")
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(dialog).to_have_count(0)
    preset = page.get_by_role("combobox", name="Preset")
    expect(preset).to_have_value("The answer")
    desk.open(page.url.removeprefix(desk.url).split("?")[0], title="Add")
    page.get_by_role("button", name="Reset to defaults").click()
    preset.click()
    page.get_by_role("option", name="The answer").click()
    expect(page).to_have_url(re.compile(r"preset=\d+"))
    expect(page.get_by_label(re.compile("^a", re.I))).to_have_value("31")
    expect(page.get_by_label(re.compile("^b", re.I))).to_have_value("11")
    desk.picture("story-preset")
    page.get_by_role("button", name="Delete the preset").click()
    expect(preset).to_have_count(0)


def test_search_narrows_the_list(desk: Desk) -> None:
    page = desk.open("/o/lab/actions", title="Actions")
    page.get_by_label("Search", exact=True).fill("count")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page).to_have_url(re.compile("q=count"))
    page.get_by_label("Search", exact=True).fill("no such thing")
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_role("row").nth(3)).to_be_visible()


def test_by_keyboard_alone(desk: Desk) -> None:
    page = desk.open("/o/lab", title="Home")
    page.keyboard.press("g")
    page.keyboard.press("a")
    desk.titled("Actions")
    table = page.get_by_role("table", name="Actions")
    expect(table.get_by_role("row").nth(1)).to_contain_text("Add")
    table.focus()
    page.keyboard.press("Enter")
    desk.titled("Add")
    page.get_by_label(re.compile("^a", re.I)).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    state(page, "done")
