"""Fixtures of all suites that need a Docker engine: ``engine`` (a real one for the session),
``base`` (the image apps start from) and ``registry`` (a real one on loopback).
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import daemon
import pytest
from base_image import base_image
from lacking import or_skipped
from registry import registry as running_registry


def pytest_configure() -> None:
    """Stories stop programs by Ctrl-C, which a run in the background would have them ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def engine() -> Iterator[daemon.Engine]:
    """A Docker engine that answers."""
    with or_skipped(), daemon.engine() as found:
        yield found


@pytest.fixture(scope="session")
def base(engine: daemon.Engine) -> str:
    """The image apps start from: Debian with the released clients."""
    with or_skipped():
        return base_image(engine)


@pytest.fixture(scope="session")
def registry(engine: daemon.Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry; blobs of earlier runs are there, repositories are this run's."""
    folder = tmp_path_factory.mktemp("registry")
    with or_skipped(), running_registry(daemon.CACHE / "registry", folder) as at:
        yield at
