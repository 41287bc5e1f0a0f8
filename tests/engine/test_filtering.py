"""The deployer's adapter behind a filtering proxy that lets through what is documented, no more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import daemon
import docker
import pytest
from docker.errors import APIError
from filtering import ALLOWED, Filter, filtered, rule_of
from samples import SMALL

from deployers.core.errors import EngineUnavailable, PullFailed
from deployers.core.labels import Belonging, to_labels
from deployers.core.model import Spec, State
from deployers.docker.engine import DockerEngine

GUIDE = "docs/howto/run-apps-from-the-store.md"


def quiet(*_: object) -> None:
    """A progress nobody listens to."""


@pytest.fixture
def gate(engine: daemon.Engine) -> Iterator[Filter]:
    """A proxy in front of the engine."""
    with filtered(engine.host) as proxy:
        yield proxy


@pytest.fixture
async def behind(gate: Filter) -> AsyncIterator[DockerEngine]:
    """The adapter, which knows the proxy alone."""
    adapter = DockerEngine({"DOCKER_HOST": gate.host})
    yield adapter
    await adapter.close()


@pytest.fixture(scope="module")
def pushed(engine: daemon.Engine, base: str, registry: str, tag: str) -> str:
    """An image of some size in the registry; not on the engine any more."""
    name = f"{registry}/{tag}/filtered:1"
    dockerfile = f"FROM {base}\nRUN head -c 30000000 /dev/urandom >/blob\n"
    engine.docker("build", "-q", "-t", name, "-", stdin=dockerfile.encode())
    engine.docker("push", "-q", name)
    engine.docker("rmi", name)
    return name


async def test_all_a_deployer_does_is_let_through(
    behind: DockerEngine, gate: Filter, pushed: str, tag: str
) -> None:
    network, volume = f"filtered-{tag}", f"filtered-vol-{tag}"
    await behind.probe()
    await behind.ensure_network(network, {})
    image = await behind.pull(pushed, quiet)
    spec = Spec(
        name=f"{tag}-filtered",
        image=image.id,
        command=("sh", "-c", "echo hello; exec sleep 600"),
        env={},
        labels=to_labels(Belonging(tag, "1", "filtered", "f", "a", "m", "r")),
        limits=SMALL,
        network=network,
        volumes={"/data": volume},
        stop_seconds=1,
    )
    async with asyncio.timeout(120), aclosing(behind.events()) as events:
        told = asyncio.create_task(anext(events))
        made = await behind.create(spec)
        await behind.start(made.id)
        assert await told
    async with asyncio.timeout(120), aclosing(behind.follow(made.id, 10)) as lines:
        assert await anext(lines) == "hello"
    assert await behind.logs(made.id, 10) == "hello\n"
    assert made.id in {one.id for one in await behind.containers()}
    await behind.stop(made.id)
    assert (await behind.container(made.id)).state is State.EXITED
    await behind.remove(made.id)
    await behind.remove_volumes([volume])
    await behind.remove_network(network)
    (unused,) = await behind.images_unused([pushed])
    await behind.remove_image(unused)
    assert gate.refused == []
    assert gate.used >= {"POST /images/create", "GET /containers/{id}/logs", "GET /events"}


def test_what_is_not_listed_is_refused(gate: Filter) -> None:
    client = docker.APIClient(base_url=gate.host, version="auto")
    with pytest.raises(APIError, match="not let through"):
        client.commit("nobody")
    with pytest.raises(APIError, match="not let through"):
        client.exec_create("nobody", "sh")
    with pytest.raises(APIError, match="not let through"):
        client.volumes()
    client.close()
    assert len(gate.refused) == 3


@pytest.mark.parametrize(
    ("method", "target", "rule"),
    [
        ("GET", "/version", "GET /version"),
        ("GET", "/v1.41/containers/json?all=1", "GET /containers/json"),
        ("GET", "/v1.41/images/127.0.0.1:5/a/b:1/json", "GET /images/{name}/json"),
        ("POST", "/v1.41/containers/abc/exec", None),
        ("GET", "/v1.41/containers/abc/archive?path=/", None),
        ("POST", "/v1.41/containers/abc/start/x", None),
        ("DELETE", "/v1.41/containers/json/x", None),
        ("POST", "/v1.41/swarm/init", None),
        ("GET", "/v1.41/secrets", None),
    ],
)
def test_the_rules(method: str, target: str, rule: str | None) -> None:
    assert rule_of(method, target) == rule


def test_the_list_is_the_one_that_is_documented(root: Path) -> None:
    text = (root / GUIDE).read_text(encoding="utf8")
    assert set(re.findall(r"^    ((?:GET|POST|DELETE) /\S+)$", text, re.M)) == set(ALLOWED)


async def test_an_engine_that_goes_away_in_the_middle_of_a_pull(
    engine: daemon.Engine, docker_engine: DockerEngine, pushed: str
) -> None:
    """The reason is told, nothing of it is left, and a second attempt succeeds."""
    with filtered(engine.host) as proxy:
        behind = DockerEngine({"DOCKER_HOST": proxy.host})
        gone = asyncio.Event()

        def cut(percentage: int, _: str) -> None:
            if not gone.is_set():
                gone.set()
                proxy.cut()

        with pytest.raises((EngineUnavailable, PullFailed)):
            await behind.pull(pushed, cut)
        assert gone.is_set()
        with pytest.raises(EngineUnavailable):
            await behind.containers()
        await behind.close()
    image = await docker_engine.pull(pushed, quiet)
    assert image.bytes > 30_000_000
    await docker_engine.remove_image(image)
