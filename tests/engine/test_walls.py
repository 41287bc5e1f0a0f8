"""What a container of an organization can reach of the platform that runs beside it: its gateway.

The platform is the real one, with its PostgreSQL and all its services: every address at which one
of its processes listens, and every socket it has, is tried from inside.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import daemon
import pytest
from platform_handle import Platform
from processes import PATIENCE, eventually
from runs import with_descendants
from samples import SMALL
from shop import Shop

from deployers.core.labels import Belonging, to_labels
from deployers.core.model import Spec, State
from deployers.docker.door import NAME
from deployers.docker.engine import DockerEngine
from deployment.home import Home, read_json

#: Where databases, caches and engines are usually found, whoever runs them here.
_USUAL = (5432, 6379, 2375, 2376)
_LISTENS = "0A"
_PROBE = """
import json, socket, sys
ports, sockets = json.loads(sys.argv[1])
reached = []
for host, port in ports:
    try:
        socket.create_connection((host, port), timeout=2).close()
        reached.append(f"{host}:{port}")
    except OSError:
        pass
for path in sockets:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
        reached.append(path)
    except OSError:
        pass
print(json.dumps(reached))
"""


def ports_of(pids: set[int]) -> set[int]:
    """The ports at which processes listen, whatever the address."""
    inodes = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    inodes.add(str(entry.readlink()))
    return {
        int(row[1].rpartition(":")[2], 16)
        for row in _rows("tcp", "tcp6")
        if row[3] == _LISTENS and f"socket:[{row[9]}]" in inodes
    }


def _rows(*tables: str) -> Iterator[list[str]]:
    for table in tables:
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            yield line.split()


@pytest.fixture(scope="module")
def home(platform: Platform) -> Home:
    """The folders of the platform."""
    return Home(platform.deployed.home)


async def reached(
    engine: DockerEngine, shop: Shop, base: str, tag: str, wanted: tuple[list, list]
) -> list[str]:
    """Try addresses from inside a container of the lab's network; those that could be reached."""
    here = shop.engine.docker(
        "network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", shop.network()
    )
    ports = [(host.replace("BRIDGE", here), port) for host, port in wanted[0]]
    spec = Spec(
        name=f"{tag}-walls",
        image=base,
        command=("python3", "-c", _PROBE, json.dumps((ports, wanted[1]))),
        env={},
        # Of nobody's deployer, so that none takes it for a stray.
        labels=to_labels(Belonging(tag, "1", "walls", "f", "a", "m", "r")),
        limits=SMALL,
        network=shop.network(),
        hosts={NAME: here},
        stop_seconds=1,
    )
    made = await engine.create(spec)
    try:
        await engine.start(made.id)
        eventually(
            lambda: shop.engine.docker("inspect", "-f", "{{.State.Status}}", made.id) == "exited",
            "the end of the probe",
            3 * PATIENCE,
        )
        assert (await engine.container(made.id)).state is State.EXITED
        found: list[str] = json.loads(await engine.logs(made.id, 10))
    finally:
        await engine.remove(made.id)
    return [one.replace(here, "BRIDGE") for one in found]


async def test_of_all_that_listens_only_the_gateway_is_reached(
    docker_engine: DockerEngine,
    engine: daemon.Engine,
    shop: Shop,
    base: str,
    tag: str,
    home: Home,
) -> None:
    supervisor = int((read_json(home.run_file) or {})["pid"])
    gateway = urlsplit(shop.lab.platform.url).port
    listening = ports_of(with_descendants([supervisor]))
    assert gateway in listening
    sockets = [str(path) for path in home.run_dir.rglob("*") if path.is_socket()]
    database = str(home.postgres_socket_dir / ".s.PGSQL.5432")
    assert {database, str(home.socket("rekuest"))} <= set(sockets)
    sockets += [engine.host.removeprefix("unix://"), "/var/run/docker.sock"]
    ports = sorted(listening | set(_USUAL))
    hosts = ("BRIDGE", "127.0.0.1", "localhost", NAME)
    tried = [(host, port) for port in ports for host in hosts]
    found = await reached(docker_engine, shop, base, tag, (tried, sockets))
    assert sorted(found) == sorted([f"BRIDGE:{gateway}", f"{NAME}:{gateway}"])
