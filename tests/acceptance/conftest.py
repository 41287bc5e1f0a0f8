"""Fixtures: ``platform`` (a deployment for the session), ``hurried_platform`` (short lifetimes),
``lab``, ``other_lab`` and ``hurried_lab`` (an organization each), ``workshop`` and ``caller``
(running client programs), ``stranger`` (a caller of another organization), ``late_login`` (a code
that ran out), ``browser``, ``page``.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from browsing import launched
from lab import Lab
from platform_handle import Platform, clients_python, deployed
from playwright.sync_api import Browser, Page, expect
from processes import Caller, Message, Program


def pytest_configure() -> None:
    """Stories stop apps by Ctrl-C, which a run in the background would have them ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the stories that kill parts of the shared platform last, in the order they are told."""
    items.sort(key=lambda item: item.path.name in VIOLENT)


VIOLENT = {
    "test_faults.py",
    "test_recovery.py",
    "test_two_processes.py",
    "test_kills.py",
    "test_storm.py",
}
#: A new signing key is announced for longer than services wait between two looks for unknown keys.
QUICK_POLLS = {
    "FAKTS__DEVICE_POLL_SECONDS": "1",
    "FAKTS__SIGNING_KEY_ANNOUNCE_SECONDS": "12",
}
HURRIED = {
    **QUICK_POLLS,
    "FAKTS__ACCESS_TOKEN_SECONDS": "4",
    "FAKTS__DEVICE_CODE_SECONDS": "15",
}


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of the environment that holds the released clients."""
    return clients_python()


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """A deployment in a temporary home."""
    with deployed(QUICK_POLLS) as platform:
        yield platform


@pytest.fixture(scope="session")
def hurried_platform() -> Iterator[Platform]:
    """A deployment whose tokens and device codes are over within seconds."""
    with deployed(HURRIED) as platform:
        yield platform


@pytest.fixture(scope="session")
def lab(
    platform: Platform, python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """An organization with one user."""
    folder = tmp_path_factory.mktemp("lab")
    with closing(Lab(platform, name="lab", folder=folder, python=python)) as lab:
        yield lab


@pytest.fixture(scope="session")
def other_lab(
    platform: Platform, python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A second organization, which has nothing to do with the first."""
    folder = tmp_path_factory.mktemp("others")
    with closing(Lab(platform, name="others", folder=folder, python=python)) as lab:
        yield lab


@pytest.fixture(scope="session")
def hurried_lab(
    hurried_platform: Platform, python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """An organization where everything expires soon."""
    folder = tmp_path_factory.mktemp("hurried")
    with closing(Lab(hurried_platform, name="hurried", folder=folder, python=python)) as lab:
        yield lab


@pytest.fixture(scope="session")
def late_login(hurried_lab: Lab) -> tuple[Program, Message]:
    """A device login nobody answered: the program that gave up, and its code."""
    program = hurried_lab.start("login", "late", APP="org.example.late")
    code = program.wait(what="code")
    program.wait(what="refused")
    return program, code


@pytest.fixture
def workshop(lab: Lab) -> Program:
    """The workshop app, registered."""
    return lab.running_workshop()


@pytest.fixture
def caller(lab: Lab) -> Caller:
    """A program that calls actions, logged in."""
    return lab.running_caller()


@pytest.fixture
def stranger(other_lab: Lab) -> Caller:
    """A calling program of another organization."""
    return other_lab.running_caller()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a visitor nobody knows yet."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(180_000)
    expect.set_options(timeout=180_000)
    yield context.new_page()
    context.close()
