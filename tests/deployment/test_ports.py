"""The listening socket: a free port when none was asked for, an error when one was."""

from __future__ import annotations

import socket

import pytest

from deployment import ports
from deployment.errors import Exit, PortTaken


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_a_taken_default_gives_way_to_the_next_free_port(monkeypatch) -> None:
    with ports.listen("127.0.0.1", 0) as taken:
        monkeypatch.setattr(ports, "DEFAULT_PORT", port_of(taken))
        with ports.open_port("127.0.0.1", None) as found:
            assert port_of(found) != port_of(taken)


def test_without_any_near_port_the_system_chooses(monkeypatch) -> None:
    with ports.listen("127.0.0.1", 0) as taken:
        monkeypatch.setattr(ports, "DEFAULT_PORT", port_of(taken))
        monkeypatch.setattr(ports, "NEARBY", 1)
        with ports.open_port("127.0.0.1", None) as found:
            assert port_of(found) not in (0, port_of(taken))


def test_an_explicit_port_that_is_taken_is_an_error() -> None:
    with ports.listen("127.0.0.1", 0) as taken, pytest.raises(PortTaken) as problem:
        ports.open_port("127.0.0.1", port_of(taken))
    assert f"port {port_of_text(problem)} on 127.0.0.1 is taken" == problem.value.message
    assert problem.value.exit_code == Exit.PORT_TAKEN
    assert problem.value.field == "port"


def port_of_text(problem) -> str:
    return problem.value.message.split()[1]


def test_the_default_port_is_8000_when_free() -> None:
    assert ports.DEFAULT_PORT == 8000


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_an_address_of_another_machine_is_an_error(host: str) -> None:
    with pytest.raises(PortTaken, match="cannot listen on"):
        ports.open_port(host, 0)


def test_connections_made_before_anyone_accepts_are_kept() -> None:
    with ports.open_port("127.0.0.1", 0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address) as client:
            client.sendall(b"early")
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.recv(16) == b"early"
