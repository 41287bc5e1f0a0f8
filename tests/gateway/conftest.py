"""Fixture `lane`: a real gateway with the upstreams `alpha` (running) and `beta` (not)."""

from __future__ import annotations

import shutil
import tempfile
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


@pytest.fixture
def lane():
    # Paths of unix sockets must be short, so not pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="gw-"))
    lane = Lane(folder, ROUTES, park_seconds=1.5)
    try:
        lane.upstreams["alpha"].start()
        lane.start()
        lane.upstreams["alpha"].wait()
        lane.wait()
        yield lane
    finally:
        lane.close()
        shutil.rmtree(folder, ignore_errors=True)
