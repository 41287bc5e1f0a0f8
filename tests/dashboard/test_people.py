"""People: invited, given roles, shut out; and what one finds of oneself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from desk import ADMIN, Desk, desk_in
from lab import Lab
from playwright.sync_api import Browser, Locator, expect

NEW_PASSWORD = "nine lazy otters"


@pytest.fixture
def second(browser: Browser, lab: Lab) -> Iterator[Desk]:
    """Another person's browser."""
    with desk_in(browser, lab.platform.url) as desk:
        yield desk


def invite(desk: Desk) -> str:
    """Make an invite as the admin does; its link."""
    page = desk.open("/o/lab/people", title="People")
    page.get_by_role("button", name="Invite somebody").first.click()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_role("dialog").locator("pre")
    expect(link).to_contain_text("/join/")
    text = link.inner_text()
    page.get_by_role("button", name="Done").click()
    return text


def register(desk: Desk, link: str, name: str) -> None:
    """Open an invite as somebody who has no account yet."""
    page = desk.page
    page.goto(link)
    expect(page.get_by_role("heading", name="Join lab")).to_be_visible()
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.locator("input[name=again]").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Make the account and join").click()
    desk.at("/o/lab")
    desk.titled("Home")


def member(desk: Desk, name: str) -> Locator:
    named = desk.page.get_by_role("cell", name=name, exact=True)
    members = desk.page.get_by_role("table", name="Members")
    return members.get_by_role("row").filter(has=named)


def test_an_invited_person_makes_an_account_and_is_in(desk: Desk, second: Desk) -> None:
    register(second, invite(desk), "grace")
    places = second.page.get_by_role("navigation", name="Places", exact=True)
    expect(places.get_by_role("link", name="Data")).to_be_visible()
    expect(places.get_by_role("link", name="People")).to_have_count(0)
    assert second.complaints() == []
    page = desk.open("/o/lab/people", title="People")
    expect(member(desk, "grace")).to_contain_text("user")
    page.get_by_role("tab", name="Invites").click()
    used = page.get_by_role("table", name="Invites").get_by_role("row").filter(has_text="grace")
    expect(used).to_contain_text("1 / 1")
    desk.picture("story-invite")


def test_an_invite_that_was_cancelled_lets_nobody_in(desk: Desk, second: Desk) -> None:
    link = invite(desk)
    page = desk.open("/o/lab/people?tab=invites", title="People")
    page.get_by_role("button", name="Cancel the invite for user").first.click()
    expect(page.get_by_role("button", name="Cancel the invite for user")).to_have_count(0)
    second.expected.append("status of 4")
    second.page.goto(link)
    expect(second.page).to_have_url(re.compile("/fakts/invite/"))
    expect(second.page.get_by_role("button", name="Make the account and join")).to_have_count(0)


def test_a_member_gets_roles_is_shut_out_and_let_in_again(desk: Desk, lab: Lab) -> None:
    lab.add_user("heidi", "seven blue doors")
    page = desk.open("/o/lab/people", title="People")
    member(desk, "heidi").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Roles").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="deployer", exact=True).click()
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Give these roles").click()
    expect(member(desk, "heidi")).to_contain_text("deployer")
    member(desk, "heidi").click()
    page.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(member(desk, "heidi")).to_contain_text("blocked")
    page.get_by_role("alert").filter(has_text="heidi is blocked").get_by_role(
        "button", name="Undo"
    ).click()
    page.reload()
    expect(member(desk, "heidi")).not_to_contain_text("blocked")


def test_roles_are_made_and_removed(desk: Desk) -> None:
    page = desk.open("/o/lab/people?tab=roles", title="People")
    page.get_by_label("Name").fill("microscopist")
    page.get_by_label("What it is for").fill("Works at the stand")
    page.get_by_role("button", name="Make the role").click()
    expect(page.get_by_text("Works at the stand · 0 members")).to_be_visible()
    page.get_by_role("button", name="Remove the role microscopist").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove the role").click()
    expect(page.get_by_text("Works at the stand")).to_have_count(0)


def test_who_lets_apps_in_is_chosen_and_taken_back(desk: Desk) -> None:
    page = desk.open("/o/lab/people?tab=organization", title="People")
    expect(page.get_by_role("radio", name="Every member")).to_be_checked()
    page.get_by_role("radio", name="Admins").click()
    page.get_by_role("button", name="Undo").last.click()
    page.reload()
    expect(page.get_by_role("radio", name="Every member")).to_be_checked()


def test_known_apps_are_listed_and_taken_back(desk: Desk) -> None:
    page = desk.open("/o/lab/people?tab=organization", title="People")
    known = page.get_by_label("Known apps")
    known.fill("org.example.stage\norg.example.lamp 1.0 1.1")
    assert desk.accessibility() == []
    save = page.get_by_role("button", name="Save the apps")
    save.click()
    expect(save).to_be_disabled()
    page.reload()
    expect(known).to_have_value("org.example.stage\norg.example.lamp 1.0 1.1")
    known.fill("")
    save.click()
    expect(save).to_be_disabled()
    page.reload()
    expect(known).to_have_value("")


def test_the_ways_to_log_in_are_chosen_but_not_so_that_nobody_can_undo_it(desk: Desk) -> None:
    page = desk.open("/o/lab/people?tab=organization", title="People")
    save = page.get_by_role("button", name="Save the ways")
    page.get_by_role("checkbox", name="By a web page").uncheck()
    expect(page.get_by_text("This page itself logs in by the web; keep that.")).to_be_visible()
    expect(save).to_be_disabled()
    page.get_by_role("checkbox", name="By a web page").check()
    page.get_by_role("checkbox", name="By a code").uncheck()
    save.click()
    page.get_by_role("button", name="Undo").last.click()
    expect(save).to_be_disabled()
    page.reload()
    expect(page.get_by_role("checkbox", name="By a code")).to_be_checked()


def test_my_account_leads_to_password_browsers_and_keys(desk: Desk, lab: Lab) -> None:
    page = desk.open("/o/lab/me", title="My account")
    expect(page.get_by_role("row", name=f"User name {ADMIN}")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download what is kept about me").click()
    assert ADMIN in json.dumps(json.loads(download.value.path().read_text()))
    for link, heading in (
        ("Change the password", "Change the password"),
        ("Browsers I am logged in with", "Where you are logged in"),
        ("New key", "Keys"),
    ):
        desk.open("/o/lab/me", title="My account")
        page.get_by_role("link", name=link).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def test_a_key_of_mine_is_seen_and_revoked(desk: Desk, lab: Lab) -> None:
    made = lab.platform.run("key", "create", "--user", ADMIN, "--org", lab.organization)
    page = desk.open("/o/lab/me", title="My account")
    expect(page.get_by_role("button", name="Revoke bmk_").first).to_be_visible()
    begins = next(
        name.removeprefix("Revoke ")
        for name in page.get_by_role("button", name="Revoke bmk_").evaluate_all(
            "found => found.map(one => one.getAttribute('aria-label'))"
        )
        if made["key"].startswith(name.removeprefix("Revoke "))
    )
    page.get_by_role("button", name=f"Revoke {begins}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("button", name=f"Revoke {begins}")).to_have_count(0)
