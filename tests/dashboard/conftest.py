"""Fixtures: `platform` (a deployment for the session), `lab` (an organization with apps running),
`gallery` and `shelf` (data, and an app in the store), `browser`, and `desk`, a page at which the
lab's admin is logged in. Every page is watched: what the console, the policy or the network
complain about fails the test that used it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing

import pytest
from browsing import launched
from desk import ADMIN, PASSWORD, Desk, desk_in
from lab import Lab
from platform_handle import Platform, clients_python, deployed
from playwright.sync_api import Browser
from processes import Message, Program

WORKSHOP = "org.example.workshop"
_FIND = "query Find($id: ID!) { task(id: $id) { action { id } agent { id } } }"


def pytest_configure() -> None:
    """Stories stop apps by Ctrl-C, which a run in the background would have them ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the stories that stop parts of the shared platform last."""
    items.sort(key=lambda item: item.path.name == "test_outages.py")


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """A deployment in a temporary home."""
    with deployed({"FAKTS__DEVICE_POLL_SECONDS": "1"}) as platform:
        yield platform


@pytest.fixture(scope="session")
def lab(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An organization with an admin, a user, and the workshop app at work."""
    folder = tmp_path_factory.mktemp("lab")
    with closing(Lab(platform, name="lab", folder=folder, python=clients_python())) as lab:
        lab.add_user(ADMIN, PASSWORD, role="admin")
        yield lab


@pytest.fixture(scope="session")
def workshop(lab: Lab) -> Program:
    """The workshop app, registered."""
    return lab.running_workshop()


@pytest.fixture(scope="session")
def gallery(lab: Lab) -> Message:
    """A volume with shapes over it and a table, stored with the released client."""
    program = lab.start("gallery", "gallery", key=lab.key_of("gallery"))
    return program.wait(what="stored", timeout=180)


@pytest.fixture(scope="session")
def shelf(lab: Lab) -> Message:
    """An app in the store that runs somewhere, as a deployer told with the released client."""
    key = lab.platform.run("key", "create", "--user", ADMIN, "--org", lab.organization)["key"]
    program = lab.start("shelf", "shelf", key=str(key))
    return program.wait(what="stored", timeout=180)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def _session(browser: Browser, lab: Lab) -> Iterator[Desk]:
    """One visit of the admin for all stories: logging in is told once, in its own story."""
    with desk_in(browser, lab.platform.url) as desk:
        desk.log_in("/", username=ADMIN, password=PASSWORD)
        desk.at("/o/lab")
        yield desk


@pytest.fixture
def desk(_session: Desk, workshop: Program) -> Iterator[Desk]:
    """The admin's page, with the workshop at work; a complaint of the browser fails the test."""
    _session.forget()
    yield _session
    assert _session.complaints() == []


def filed(browser: Browser, lab: Lab) -> dict[str, str]:
    """A folder with a file in it, put there by hand."""
    with desk_in(browser, lab.platform.url) as desk:
        desk.log_in("/o/lab/data", username=ADMIN, password=PASSWORD)
        desk.titled("Data")
        page = desk.page
        page.get_by_role("button", name="New folder").click()
        page.get_by_role("dialog").get_by_label("Name").fill("Day run")
        page.get_by_role("button", name="Make the folder").click()
        desk.row("Day run").click()
        desk.titled("Day run")
        folder = page.url
        text = b"the lamp was off\n" * 3
        desk.upload({"name": "log.txt", "mimeType": "text/plain", "buffer": text})
        desk.row("log.txt").click()
        desk.titled("log.txt")
        return {"folder": folder.rsplit("/", 1)[1], "file": page.url.rsplit("/", 1)[1]}


@pytest.fixture(scope="session")
def words(
    browser: Browser, lab: Lab, workshop: Program, gallery: Message, shelf: Message
) -> dict[str, str]:
    """What there is to look at, by the words in the addresses."""
    caller = lab.running_caller()
    made = {}
    for name, interface, values in (
        ("task", "add", {"a": 1, "b": 2}),
        ("failed", "fail", {"message": "no lamp"}),
    ):
        order = caller.watch(caller.implementation(WORKSHOP, interface), **values)
        order.end()
        made[name] = order.task
    found = caller.graphql(_FIND, id=made["task"])["task"]
    return {
        **made,
        "action": found["action"]["id"],
        "agent": found["agent"]["id"],
        "array": gallery["volume"],
        "table": gallery["table"],
        "app": shelf["app"],
        "pod": shelf["pod"],
        **filed(browser, lab),
    }
