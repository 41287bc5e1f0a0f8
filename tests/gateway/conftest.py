"""Fixtures: `lane`, a real gateway with the upstreams `alpha` (running) and `beta` (not), and
`lanes(**settings)`, which makes such gateways.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from lane import Lane

from gateway_server.routes import Route, below

ROUTES = (
    Route(
        service="alpha",
        paths=("/.well-known/*", *below("alpha")),
        body_bytes=64 * 1024,
        websocket=True,
        secret_paths=("/alpha/setup/",),
    ),
    Route(service="alpha", paths=below("bucket"), body_bytes=None),
    Route(service="beta", paths=below("beta"), body_bytes=1024, websocket=True),
)


@contextmanager
def many_lanes():
    """Makes gateways with settings of their own, and ends them all."""
    made: list[Lane] = []

    def make(**settings) -> Lane:
        # Paths of unix sockets must be short, so not pytest's own folder.
        lane = Lane(Path(tempfile.mkdtemp(prefix="gw-")), ROUTES, park_seconds=1.5, **settings)
        made.append(lane)
        lane.upstreams["alpha"].start()
        lane.start()
        lane.upstreams["alpha"].wait()
        lane.wait()
        return lane

    try:
        yield make
    finally:
        for lane in made:
            lane.close()
            shutil.rmtree(lane.folder, ignore_errors=True)


@pytest.fixture
def lanes():
    """Makes gateways for one test."""
    with many_lanes() as make:
        yield make


@pytest.fixture(scope="module")
def module_lanes():
    """Makes gateways that the tests of a module only read from."""
    with many_lanes() as make:
        yield make


@pytest.fixture
def lane(lanes) -> Lane:
    return lanes()
