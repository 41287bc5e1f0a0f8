"""Fixtures: ``packages``, the folder in which the released clients are installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import clients_venv


@pytest.fixture(scope="session")
def packages() -> Path:
    """The site-packages folder of the clients' own virtual environment."""
    return clients_venv.find()
