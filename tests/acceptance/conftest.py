"""Fixtures: ``platform`` (a deployment for the session), ``hurried_platform`` (short lifetimes),
``lab`` and ``other_lab`` (an organization for each module), ``workshop`` and ``caller`` (running
client programs of it), ``stranger`` (a caller of another organization), ``browser``, ``page``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import launched
from lab import Lab
from platform_handle import Platform, clients_python, deployed
from playwright.sync_api import Browser, Page
from processes import Caller, Program

QUICK_POLLS = {"FAKTS__DEVICE_POLL_SECONDS": "1"}
HURRIED = {
    **QUICK_POLLS,
    "FAKTS__ACCESS_TOKEN_SECONDS": "4",
    "FAKTS__DEVICE_CODE_SECONDS": "10",
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
    with deployed(HURRIED, services=("fakts", "rekuest", "mikro")) as platform:
        yield platform


def _lab(platform: Platform, name: str, python: Path, factory: pytest.TempPathFactory) -> Lab:
    name = re.sub(r"[^a-z0-9]+", "-", name.removeprefix("test_"))
    return Lab(platform, name=name, folder=factory.mktemp(name), python=python)


@pytest.fixture(scope="module")
def lab(
    platform: Platform,
    python: Path,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    """An organization with one user, for a module."""
    lab = _lab(platform, request.module.__name__, python, tmp_path_factory)
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def hurried_lab(
    hurried_platform: Platform,
    python: Path,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    """An organization where everything expires soon."""
    lab = _lab(hurried_platform, request.module.__name__, python, tmp_path_factory)
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def other_lab(
    platform: Platform,
    python: Path,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    """A second organization, which has nothing to do with the first."""
    lab = _lab(platform, f"other-{request.module.__name__}", python, tmp_path_factory)
    yield lab
    lab.close()


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
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
