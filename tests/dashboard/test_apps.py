"""A person approves an app by its code in the dashboard, and takes the permission back."""

from __future__ import annotations

from desk import Desk
from lab import Lab
from playwright.sync_api import expect


def test_an_app_is_approved_by_its_code(desk: Desk, lab: Lab) -> None:
    program = lab.start("login", "by-hand", APP="org.example.bench")
    code = program.wait(what="code")["code"]
    page = desk.open(f"/device?code={code}", title="org.example.bench")
    assert desk.accessibility() == []
    page.get_by_role("button", name="Allow").click()
    desk.titled("It may work for you now")
    assert program.wait(what="granted")
    page = desk.open("/o/lab/apps", title="Apps")
    expect(page.get_by_role("table", name="Apps")).to_contain_text("org.example.bench")


def test_a_revoked_app_is_out_at_once(desk: Desk, lab: Lab) -> None:
    key = lab.key()
    program = lab.start("workshop", "unwanted", key=key, WORKSHOP="org.example.unwanted")
    program.wait(what="connection", state="registered")
    page = desk.open("/o/lab/apps", title="Apps")
    row = page.get_by_role("table", name="Apps").get_by_role("row")
    row = row.filter(has_text="org.example.unwanted")
    row.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is logged out at once")
    assert desk.accessibility() == []
    dialog.get_by_role("button", name="Revoke org.example.unwanted").click()
    expect(row).to_have_count(0)
    desk.open("/o/lab/agents", title="Agents")
    agent = page.get_by_role("table", name="Agents").get_by_role("row")
    expect(agent.filter(has_text="org.example.unwanted")).to_contain_text("away")
    program.close()
