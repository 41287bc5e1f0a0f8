"""Operations: how the parts are, what was put aside, limits, remote values, and who did what."""

from __future__ import annotations

from desk import Desk
from playwright.sync_api import Page, expect


def open_tab(desk: Desk, name: str) -> Page:
    page = desk.open("/o/lab/ops", title="Operations")
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    return page


def test_health_tells_of_every_part_and_version(desk: Desk) -> None:
    page = open_tab(desk, "Health")
    for service in ("fakts", "rekuest", "mikro", "kabinet"):
        expect(page.get_by_role("list", name=f"Parts of {service}")).to_contain_text(
            "database: well"
        )
    versions = page.locator("section").filter(has=page.get_by_role("heading", name="Versions"))
    expect(versions).to_contain_text("rekuest")


def test_nothing_put_aside_is_told_as_that(desk: Desk) -> None:
    page = open_tab(desk, "Dead letters")
    expect(page.get_by_text("Nothing was put aside.")).to_be_visible()
    assert desk.accessibility() == []


def test_limits_of_runs_are_kept(desk: Desk) -> None:
    page = open_tab(desk, "Limits of runs")
    field = page.get_by_label("Days finished runs are kept").first
    save = page.get_by_role("button", name="Save").first
    field.fill("90")
    save.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("older than 90 days are deleted for good")
    dialog.get_by_role("button", name="Delete old runs").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    desk.open("/o/lab/ops?tab=limits", title="Operations")
    expect(field).to_have_value("90")


def test_a_limit_that_cannot_be_is_told_at_its_field(desk: Desk) -> None:
    page = open_tab(desk, "Limits of runs")
    field = page.get_by_label("Seconds a run may take").first
    field.fill("0")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("runLimitSeconds is more than 0")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_a_remote_value_is_set_changed_rolled_back_and_removed(desk: Desk) -> None:
    page = open_tab(desk, "Remote values")
    page.get_by_role("button", name="New value").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill("lamp.power")
    dialog.get_by_label("Value").fill("half")
    expect(dialog.get_by_text("This is not JSON.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_label("Value").fill("40")
    assert desk.accessibility() == []
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="lamp.power")
    expect(row).to_contain_text("40")

    row.click()
    dialog.get_by_label("Value").fill("55")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("55")

    row.click()
    expect(dialog.get_by_role("list", name="History").get_by_role("listitem")).to_have_count(2)
    desk.picture("story-remote-value")
    dialog.get_by_role("button", name="Go back to version 1").click()
    expect(row).to_contain_text("40")

    row.click()
    dialog.get_by_role("button", name="Remove lamp.power").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("40")


def test_the_audit_trail_tells_who_changed_what(desk: Desk) -> None:
    page = open_tab(desk, "Audit trail")
    expect(page.get_by_role("table", name="Audit trail").get_by_role("row").nth(1)).to_be_visible()
    page.get_by_label("Search", exact=True).fill("no such deed")
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
