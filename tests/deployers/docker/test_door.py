"""The door of an organization's network, its relay, and the settings by environment."""

import asyncio
import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployers.core.errors import DeployerError
from deployers.core.model import Limits
from deployers.docker.config import identity, read_config
from deployers.docker.door import NAME, way_by_container, way_by_relay
from deployers.docker.relay import Relay, answers, has_address

BRIDGE = "172.18.0.1"


@pytest.mark.parametrize(
    ("url", "inside", "hosts", "target", "insecure"),
    [
        (
            "http://127.0.0.1:8000",
            f"http://{NAME}:8000",
            {NAME: BRIDGE},
            ("127.0.0.1", 8000),
            True,
        ),
        (
            "http://localhost:9000/",
            f"http://{NAME}:9000",
            {NAME: BRIDGE},
            ("localhost", 9000),
            True,
        ),
        ("http://10.1.2.3", f"http://{NAME}:80", {NAME: BRIDGE}, ("10.1.2.3", 80), True),
        ("http://[::1]:8000", f"http://{NAME}:8000", {NAME: BRIDGE}, ("::1", 8000), True),
        (
            "https://lab.example.org",
            "https://lab.example.org:443",
            {"lab.example.org": BRIDGE},
            ("lab.example.org", 443),
            False,
        ),
        (
            "https://lab.example.org:8443/x/",
            "https://lab.example.org:8443/x",
            {"lab.example.org": BRIDGE},
            ("lab.example.org", 8443),
            False,
        ),
    ],
)
def test_the_way_by_a_relay(url, inside, hosts, target, insecure) -> None:
    way = way_by_relay(url, BRIDGE)
    assert way.door.url == inside
    assert way.door.hosts == hosts
    assert way.target == target
    assert way.listen == (BRIDGE, target[1])
    assert way.door.is_insecure is insecure


def test_a_certificate_needs_a_name() -> None:
    with pytest.raises(DeployerError, match="host name"):
        way_by_relay("https://10.1.2.3", BRIDGE)


@pytest.mark.parametrize("url", ["", "lab", "ftp://lab", "http://", "file:///x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(DeployerError, match="not the address"):
        way_by_relay(url, BRIDGE)


def test_a_gateway_in_a_container_needs_no_relay() -> None:
    way = way_by_container("http://gateway:8000")
    assert way.listen is None
    assert way.door.url == f"http://{NAME}:8000"
    assert way.door.hosts == {}


class Echo(socketserver.BaseRequestHandler):
    """Says what it got once the other has said all; a thread, so that no loop waits for it."""

    def handle(self) -> None:
        heard = b""
        with contextlib.suppress(ConnectionError):
            while chunk := self.request.recv(65536):
                heard += chunk
            self.request.sendall(b"got " + heard)


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """The address of something that echoes."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address
        server.shutdown()
        thread.join()


async def test_a_relay_passes_on_both_ways_and_ends_of_halves(echo: tuple[str, int]) -> None:
    async with Relay(("127.0.0.1", 0), echo).listening() as here:
        assert await asyncio.to_thread(answers, here)
        reader, writer = await asyncio.open_connection(*here)
        writer.write(b"x" * 200_000)
        writer.write_eof()
        assert await reader.read() == b"got " + b"x" * 200_000
        writer.close()
        await writer.wait_closed()


@pytest.fixture
def gateway() -> Iterator[socket.socket]:
    """Something that listens and does what the test does with it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


async def test_what_breaks_on_one_side_of_a_relay_ends_the_other(gateway: socket.socket) -> None:
    """A container that is killed leaves no open connection at the gateway."""
    loop = asyncio.get_running_loop()
    async with Relay(("127.0.0.1", 0), gateway.getsockname()).listening() as here:
        with socket.create_connection(here) as app:
            arrived, _ = await loop.sock_accept(gateway)
            # Closing sends a reset then, as the end of a killed program may.
            app.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with arrived:
            assert await loop.sock_recv(arrived, 1) == b""


async def test_who_leaves_a_relay_hangs_up_on_all(gateway: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    async with Relay(("127.0.0.1", 0), gateway.getsockname()).listening() as here:
        reader, writer = await asyncio.open_connection(*here)
        arrived, _ = await loop.sock_accept(gateway)
        writer.write(b"x")
        assert await loop.sock_recv(arrived, 1) == b"x"
    with arrived:
        assert await loop.sock_recv(arrived, 1) == b""
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_relay_hangs_up_when_the_platform_is_away() -> None:
    async with Relay(("127.0.0.1", 0), ("127.0.0.1", 1)).listening() as here:
        reader, writer = await asyncio.open_connection(*here)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_a_relay_ends_when_its_address_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployers.docker.relay._LOOK_SECONDS", 0.01)
    gone = iter([True, True, False])
    monkeypatch.setattr("deployers.docker.relay.has_address", lambda _: next(gone))
    async with asyncio.timeout(120):
        await Relay(("127.0.0.1", 0), ("127.0.0.1", 1)).serve()
    assert next(gone, "used up") == "used up"


def test_addresses_of_this_machine_are_told_from_others() -> None:
    assert has_address("127.0.0.1")
    assert not has_address("192.0.2.1")
    assert not answers(("127.0.0.1", 1))


def test_without_variables_the_defaults_hold(tmp_path: Path) -> None:
    config = read_config({"BAUHOF_ENGINE_STATE": str(tmp_path)}, "box")
    assert config.settings.limits == Limits()
    assert config.settings.agent == "live.bauhof.docker"
    assert config.settings.device == "box"
    assert (config.settings.read_only, config.gateway, config.qualifiers) == (False, "", ())


def test_every_variable_has_its_place(tmp_path: Path) -> None:
    config = read_config(
        {
            "BAUHOF_ENGINE_STATE": str(tmp_path),
            "BAUHOF_ENGINE_NAME": "lab one",
            "BAUHOF_ENGINE_MEMORY_MB": "128",
            "BAUHOF_ENGINE_CPUS": "0.5",
            "BAUHOF_ENGINE_PIDS": "64",
            "BAUHOF_ENGINE_LOG_MB": "1",
            "BAUHOF_ENGINE_READ_ONLY": "Yes",
            "BAUHOF_ENGINE_START_SECONDS": "5",
            "BAUHOF_ENGINE_SYNC_SECONDS": "2",
            "BAUHOF_ENGINE_QUALIFIERS": "site=lab1, cuda.sharing=shared:4,empty=",
            "BAUHOF_ENGINE_GATEWAY": "gateway-1",
            "BAUHOF_ENGINE_ALIVE": str(tmp_path / "alive"),
        },
        "box",
    )
    assert config.settings.name == "lab one"
    assert config.settings.limits == Limits(memory=128, cpus=0.5, pids=64, log_mb=1)
    assert config.settings.read_only
    assert (config.settings.start_seconds, config.settings.sync_seconds) == (5.0, 2.0)
    assert config.qualifiers == (("site", "lab1"), ("cuda.sharing", "shared:4"), ("empty", ""))
    assert config.gateway == "gateway-1"
    assert config.alive == tmp_path / "alive"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEMORY_MB", "plenty"),
        ("MEMORY_MB", "1"),
        ("CPUS", "-1"),
        ("CPUS", "inf"),
        ("PIDS", "nan"),
        ("READ_ONLY", "perhaps"),
        ("QUALIFIERS", "=lab1"),
    ],
)
def test_a_variable_without_sense_is_named(tmp_path: Path, name: str, value: str) -> None:
    environ = {"BAUHOF_ENGINE_STATE": str(tmp_path), f"BAUHOF_ENGINE_{name}": value}
    with pytest.raises(DeployerError, match=f"BAUHOF_ENGINE_{name}"):
        read_config(environ, "box")


def test_what_containers_are_known_by_is_made_once(tmp_path: Path) -> None:
    first = identity(tmp_path / "deep" / "state")
    assert len(first) == 32
    assert identity(tmp_path / "deep" / "state") == first
    assert identity(tmp_path / "other") != first
    assert (tmp_path / "other").stat().st_mode & 0o077 == 0
