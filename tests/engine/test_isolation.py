"""What a container can reach: the one door of its network, and nothing else of this machine."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import daemon
import pytest
from samples import SMALL

from deployers.core.labels import Belonging, to_labels
from deployers.core.model import Container, Spec, State
from deployers.docker import relay
from deployers.docker.door import NAME
from deployers.docker.engine import DockerEngine

_PROBE = """
import socket, sys
for target in sys.argv[1:]:
    host, _, port = target.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        print(target, "open")
    except OSError as error:
        print(target, "shut")
"""


class _Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"hello {self.headers['Host']}".encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def platform() -> Iterator[int]:
    """The port of something that listens on loopback, as the gateway does."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hello)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def database() -> Iterator[int]:
    """The port of something on loopback that no container may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
async def bridge(docker_engine: DockerEngine, tag: str) -> AsyncIterator[tuple[str, str]]:
    """A network of an organization, and this machine's address on it."""
    name = f"iso-{tag}"
    yield name, await docker_engine.ensure_network(name, {})


def spec(base: str, tag: str, network: str, name: str, *words: str, **fields: object) -> Spec:
    return Spec(
        name=f"{tag}-{name}",
        image=base,
        command=words,
        env={},
        labels=to_labels(Belonging(tag, "1", name, "f", "a", "m", "r")),
        limits=SMALL,
        network=network,
        stop_seconds=1,
        **fields,
    )


async def output(engine: DockerEngine, made: Container) -> str:
    async with asyncio.timeout(120):
        while (await engine.container(made.id)).state is not State.EXITED:
            await asyncio.sleep(0.1)
    return await engine.logs(made.id, 100)


async def test_the_gateway_is_all_a_container_reaches(
    docker_engine: DockerEngine,
    base: str,
    tag: str,
    bridge: tuple[str, str],
    platform: int,
    database: int,
    tmp_path: Path,
) -> None:
    network, here = bridge
    relay.ensure((here, platform), ("127.0.0.1", platform), tmp_path / "relay.log")
    neighbour = await docker_engine.create(
        spec(base, tag, network, "neighbour", "python3", "-m", "http.server", "8080")
    )
    await docker_engine.start(neighbour.id)
    targets = [
        f"{NAME}:{platform}",
        f"{here}:{platform}",
        f"{here}:{database}",
        f"127.0.0.1:{database}",
        f"127.0.0.1:{platform}",
        f"{tag}-neighbour:8080",
        "192.0.2.1:80",
        "1.1.1.1:443",
    ]
    made = await docker_engine.create(
        spec(base, tag, network, "probe", "python3", "-c", _PROBE, *targets, hosts={NAME: here})
    )
    async with asyncio.timeout(120):
        while not relay.answers((here, platform)):
            await asyncio.sleep(0.05)
    await docker_engine.start(made.id)
    found = dict(line.split() for line in (await output(docker_engine, made)).splitlines())
    assert found == {
        f"{NAME}:{platform}": "open",
        f"{here}:{platform}": "open",
        f"{here}:{database}": "shut",
        f"127.0.0.1:{database}": "shut",
        f"127.0.0.1:{platform}": "shut",
        f"{tag}-neighbour:8080": "shut",
        "192.0.2.1:80": "shut",
        "1.1.1.1:443": "shut",
    }
    for one in (neighbour, made):
        await docker_engine.remove(one.id)


async def test_the_engine_is_not_in_the_container(
    docker_engine: DockerEngine,
    engine: daemon.Engine,
    base: str,
    tag: str,
    bridge: tuple[str, str],
) -> None:
    socket_path = engine.host.removeprefix("unix://")
    script = f"ls /var/run/docker.sock {socket_path}; ls /dev; mount; id -u"
    made = await docker_engine.create(spec(base, tag, bridge[0], "look", "sh", "-c", script))
    await docker_engine.start(made.id)
    seen = await output(docker_engine, made)
    assert seen.count("No such file or directory") == 2
    assert "docker.sock on" not in seen
    assert "sda" not in seen.split("mqueue")[0]
    await docker_engine.remove(made.id)


async def test_the_door_names_the_platform_as_the_container_calls_it(
    docker_engine: DockerEngine,
    base: str,
    tag: str,
    bridge: tuple[str, str],
    platform: int,
    tmp_path: Path,
) -> None:
    network, here = bridge
    relay.ensure((here, platform), ("127.0.0.1", platform), tmp_path / "relay.log")
    read = (
        f"import urllib.request as u; print(u.urlopen('http://{NAME}:{platform}/').read().decode())"
    )
    async with asyncio.timeout(120):
        while not relay.answers((here, platform)):
            await asyncio.sleep(0.05)
    made = await docker_engine.create(
        spec(base, tag, network, "call", "python3", "-c", read, hosts={NAME: here})
    )
    await docker_engine.start(made.id)
    assert await output(docker_engine, made) == f"hello {NAME}:{platform}\n"
    await docker_engine.remove(made.id)


async def test_a_relay_goes_when_its_network_goes(
    docker_engine: DockerEngine, tag: str, platform: int, tmp_path: Path
) -> None:
    name = f"gone-{tag}"
    here = await docker_engine.ensure_network(name, {})
    relay.ensure((here, platform), ("127.0.0.1", platform), tmp_path / "relay.log")
    async with asyncio.timeout(120):
        while not relay.answers((here, platform)):
            await asyncio.sleep(0.05)
    # A second deployer finds the first one's.
    relay.ensure((here, platform), ("127.0.0.1", platform), tmp_path / "second.log")
    assert not (tmp_path / "second.log").exists()
    await docker_engine.remove_network(name)
    async with asyncio.timeout(20):
        while relay.has_address(here):
            await asyncio.sleep(0.1)
    assert not relay.answers((here, platform))


async def test_a_network_that_leads_outside_is_not_used(
    docker_engine: DockerEngine, engine: daemon.Engine, tag: str
) -> None:
    name = f"open-{tag}"
    engine.docker("network", "create", name)
    with pytest.raises(Exception, match="leads outside"):
        await docker_engine.ensure_network(name, {})
    engine.docker("network", "rm", name)


async def test_a_network_is_made_once(docker_engine: DockerEngine, tag: str) -> None:
    name = f"once-{tag}"
    found = await asyncio.gather(*(docker_engine.ensure_network(name, {}) for _ in range(3)))
    assert len(set(found)) == 1
    await docker_engine.remove_network(name)
    await docker_engine.remove_network(name)
