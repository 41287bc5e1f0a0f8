"""Fixtures: `folder`, a short temporary folder (paths of unix sockets are limited), and `home`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployment.home import Home

pytest_plugins = ["pytester"]


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="bd-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def home(folder: Path) -> Iterator[Home]:
    home = Home(folder / "home")
    yield home
    shutil.rmtree(home.run_dir, ignore_errors=True)
