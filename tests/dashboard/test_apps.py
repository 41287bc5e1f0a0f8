"""A person approves an app by its code, in the dashboard."""

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
