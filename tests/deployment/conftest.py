"""Fixtures: `folder` (short: paths of unix sockets are limited), `home` and `platform`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bauhof.running import Deployment, deployment
from deployment.home import Home

pytest_plugins = ["pytester"]


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="bd-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def home(folder: Path) -> Iterator[Home]:
    # People's folders have spaces and letters of their own.
    home = Home(folder / "mein Bauhof für alle")
    yield home
    shutil.rmtree(home.run_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def platform() -> Iterator[Deployment]:
    """A running platform of two services, for tests that leave it as they found it."""
    with deployment(services=("fakts", "mikro", "objectstore")) as running:
        yield running
