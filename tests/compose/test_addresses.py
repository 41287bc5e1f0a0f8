"""The gateway's door on an address of the new kind, published by a real engine."""

from __future__ import annotations

from collections.abc import Iterator

import daemon
import httpx
import pytest
from installation import free_port
from processes import eventually

from deployment.compose.parts import all_parts
from deployment.compose.plan import Plan

#: As the gateway does: on all addresses of its container, at its port there.
SERVER = ("python3", "-m", "http.server", "8080", "--bind", "0.0.0.0")
PATIENCE = 120.0


@pytest.fixture
def door(engine: daemon.Engine, base: str) -> Iterator[str]:
    """The address at which the engine publishes the port of a gateway on ::1."""
    port = free_port()
    (published,) = all_parts(Plan(host="::1", port=port))["gateway"]["ports"]
    ident = engine.docker("run", "--detach", "--publish", published, base, *SERVER).strip()
    yield f"http://[::1]:{port}/"
    engine.docker("rm", "--force", ident)


def test_a_request_comes_in_over_the_new_kind_of_address(door: str) -> None:
    def answered() -> bool:
        try:
            return httpx.get(door, timeout=10, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    eventually(answered, "an answer over [::1]", PATIENCE)
