"""Names under which an installation answers."""

from __future__ import annotations

import socket

import pytest

from deployment import addresses


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("0.0.0.0", 80, "http://127.0.0.1:80"),
        ("::", 80, "http://127.0.0.1:80"),
        ("::1", 81, "http://[::1]:81"),
        ("192.0.2.4", 82, "http://192.0.2.4:82"),
    ],
)
def test_origin(host: str, port: int, url: str) -> None:
    assert addresses.origin(host, port) == url


def allowed(host: str, public_url: str | None = None, extra: tuple[str, ...] = ()) -> list[str]:
    return addresses.allowed_hosts(host, public_url=public_url, extra=extra)


def test_on_loopback_only_loopback_names_are_answered() -> None:
    # The last is what containers of this machine know the gateway by.
    assert allowed("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]", "bauhof.internal"]


def test_on_the_network_this_machine_is_answered_by_its_names() -> None:
    names = allowed("0.0.0.0")
    assert socket.gethostname().lower() in names
    assert set(addresses.machine_addresses()) <= set(names)
    assert "192.0.2.4" in allowed("192.0.2.4")
    assert "*" not in names


def test_the_public_address_and_what_was_set_are_answered_too() -> None:
    names = allowed("127.0.0.1", "https://lab.example:8443/x", ("other.example",))
    assert names[-2:] == ["other.example", "lab.example"]


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("localhost", True), ("127.8.8.8", True), ("::1", True), ("0.0.0.0", False), ("lab", False)],
)
def test_is_loopback(host: str, is_loopback: bool) -> None:
    assert addresses.is_loopback(host) is is_loopback
