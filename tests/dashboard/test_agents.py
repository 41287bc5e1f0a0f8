"""Agents: their states as they change, and what an admin can do with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from desk import PASSWORD, Desk, desk_in
from lab import Lab
from platform_handle import Platform, clients_python
from playwright.sync_api import Browser, Locator, Page, expect
from processes import Program


@pytest.fixture(scope="module")
def bench(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An organization whose agents nobody else needs."""
    folder = tmp_path_factory.mktemp("bench")
    with closing(Lab(platform, name="bench", folder=folder, python=clients_python())) as bench:
        bench.add_user("bench-admin", PASSWORD, role="admin")
        yield bench


@pytest.fixture(scope="module")
def _visit(browser: Browser, bench: Lab) -> Iterator[Desk]:
    with desk_in(browser, bench.platform.url) as desk:
        desk.log_in("/o/bench/agents", username="bench-admin", password=PASSWORD)
        desk.titled("Agents")
        yield desk


@pytest.fixture
def desk(_visit: Desk) -> Iterator[Desk]:
    """The page of the admin of the bench."""
    _visit.forget()
    yield _visit
    assert _visit.complaints() == []


@pytest.fixture
def spare(bench: Lab, request: pytest.FixtureRequest) -> Iterator[Spare]:
    """An agent of one story's own."""
    name = request.node.name.split("_")[-1]
    spare = Spare(bench, name)
    with closing(spare.start()):
        yield spare


@dataclass
class Spare:
    """How to start one agent, again and again."""

    lab: Lab
    name: str

    @property
    def app(self) -> str:
        """What the app is called."""
        return f"org.example.{self.name}"

    def start(self) -> Program:
        """Start it and wait until it is there."""
        self.program = self.lab.start(
            "workshop", self.name, key=self.lab.key_of(self.name), WORKSHOP=self.app
        )
        self.program.wait(what="connection", state="registered")
        return self.program


def row_of(page: Page, app: str) -> Locator:
    return page.get_by_role("row").filter(has_text=app)


def open_agent(desk: Desk, app: str) -> Page:
    page = desk.open("/o/bench/agents", title="Agents")
    row_of(page, app).click()
    expect(page.get_by_role("heading", name="States")).to_be_visible()
    return page


def manage(page: Page, deed: str) -> None:
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("menuitem", name=deed).click()


def badge(page: Page, word: str) -> None:
    """Wait for the word beside the title."""
    head = page.locator("[data-state]").first
    expect(head).to_have_text(word)


def test_states_follow_the_app(desk: Desk, spare: Spare) -> None:
    page = open_agent(desk, spare.app)
    states = page.locator("section").filter(has=page.get_by_role("heading", name="States"))
    expect(states).to_contain_text("moves")
    caller = spare.lab.running_caller()
    for place in (4711, 815):
        caller.watch(caller.implementation(spare.app, "move"), to=place).end()
        expect(states).to_contain_text(str(place))


def test_an_agent_is_drained(desk: Desk, spare: Spare) -> None:
    page = open_agent(desk, spare.app)
    badge(page, "online")
    manage(page, "Give it no new work")
    badge(page, "no new work")
    page.get_by_role("button", name="Undo").click()
    badge(page, "online")
    assert spare.program.alive()


def test_an_agent_is_bounced(desk: Desk, spare: Spare) -> None:
    before = len(spare.program.seen(what="connection", state="registered"))
    page = open_agent(desk, spare.app)
    manage(page, "Make it connect anew")
    spare.program.wait(what="connection", state="registered", after=before)
    badge(page, "online")


def test_what_is_out_comes_in_again_when_it_is_no_longer_blocked(desk: Desk, spare: Spare) -> None:
    page = open_agent(desk, spare.app)
    manage(page, "Block it")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("gets no work until it is let in again")
    assert desk.accessibility() == []
    dialog.get_by_role("button", name="Block it").click()
    badge(page, "blocked")
    spare.program.ended()
    desk.picture("story-blocked")
    manage(page, "Let it in again")
    badge(page, "away")
    with closing(spare.start()):
        badge(page, "online")


def test_what_was_ended_is_removed(desk: Desk, spare: Spare) -> None:
    page = open_agent(desk, spare.app)
    manage(page, "Show it first")
    expect(page.get_by_text("is shown first.")).to_be_visible()
    desk.open("/o/bench/agents", title="Agents")
    first = page.get_by_role("table", name="Agents").get_by_role("row").nth(1)
    expect(first).to_contain_text(spare.app)
    expect(first.get_by_label("pinned")).to_be_visible()
    first.click()
    manage(page, "End its process")
    page.get_by_role("dialog").get_by_role("button", name="End its process").click()
    spare.program.ended()
    badge(page, "away")
    manage(page, "Take it off the lists")
    page.get_by_role("dialog").get_by_role("button", name="Take it off the lists").click()
    desk.titled("Agents")
    expect(row_of(page, spare.app)).to_have_count(0)
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
