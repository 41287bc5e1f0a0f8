"""Our adapter on a real Docker engine, and the in-memory twin held against it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace

import daemon
import pytest
from samples import CARDS, flavour, image_of
from twins import MemoryEngine

from deployers.core.errors import (
    DeployerError,
    EngineUnavailable,
    NoSuchContainer,
    PullFailed,
    StartFailed,
)
from deployers.core.labels import Belonging, to_labels
from deployers.core.model import Container, Limits, Spec, State
from deployers.core.ports import Engine
from deployers.docker.engine import DockerEngine

Make = Callable[..., Spec]
LIMITS = Limits(memory=64, cpus=0.5, pids=32, log_mb=1, log_files=2)


def quiet(*_: object) -> None:
    """A progress nobody listens to."""


@pytest.fixture
async def network(docker_engine: DockerEngine, tag: str) -> AsyncIterator[str]:
    """A network as a deployer has one."""
    name = f"net-{tag}"
    await docker_engine.ensure_network(name, {})
    yield name


@pytest.fixture
def spec(base: str, network: str, tag: str, request: pytest.FixtureRequest) -> Make:
    """Make the spec of a container of this test that runs a line of shell."""
    number = iter(range(100))

    def make(script: str = "exec sleep 600", **fields: object) -> Spec:
        name = f"{tag}-{abs(hash(request.node.nodeid)) % 10**8}-{next(number)}"
        labels = to_labels(Belonging(tag, "1", name, "f", "a", "m", "r"))
        made = Spec(
            name=name,
            image=base,
            command=("sh", "-c", script),
            env={"FAKTS_MANDATE_KEY": "bmk_very-secret"},
            labels=labels,
            limits=LIMITS,
            network=network,
            stop_seconds=1,
        )
        return replace(made, **fields)

    return make


@pytest.fixture(params=["real", "twin"])
def either(request: pytest.FixtureRequest, docker_engine: DockerEngine) -> Engine:
    """The real engine, then the twin: what holds for one holds for the other."""
    return docker_engine if request.param == "real" else MemoryEngine()


async def until(engine: Engine, container: Container, state: State) -> Container:
    async with asyncio.timeout(30):
        while (found := await engine.container(container.id)).state is not state:
            await asyncio.sleep(0.05)
    return found


class TestBoth:
    """What the use-cases rely on, the same for both."""

    async def test_the_life_of_a_container(self, either: Engine, spec: Make) -> None:
        made = await either.create(spec())
        assert made.state is State.CREATED
        assert made.labels == spec().labels | {"live.bauhof.deployment": made.name}
        assert made.created_at
        await either.start(made.id)
        running = await until(either, made, State.RUNNING)
        assert made.id in {one.id for one in await either.containers()}
        assert running.created_at == made.created_at
        await either.stop(made.id)
        ended = await until(either, made, State.EXITED)
        assert ended.exit_code in (137, 143)
        await either.remove(made.id)
        with pytest.raises(NoSuchContainer):
            await either.container(made.id)

    async def test_a_name_is_given_once(self, either: Engine, spec: Make) -> None:
        one = spec()
        made = await either.create(one)
        with pytest.raises(DeployerError, match="in use"):
            await either.create(one)
        await either.remove(made.id)

    async def test_what_is_gone_needs_no_ending(self, either: Engine) -> None:
        await either.stop("nobody")
        await either.remove("nobody")
        await either.remove_volumes(["nobody"])
        for call in (either.container("nobody"), either.start("nobody"), either.logs("nobody", 5)):
            with pytest.raises(NoSuchContainer):
                await call

    async def test_later_containers_are_younger(self, either: Engine, spec: Make) -> None:
        made = [await either.create(spec()) for _ in range(3)]
        assert [one.created_at for one in made] == sorted(one.created_at for one in made)
        assert len({one.created_at for one in made}) == 3
        for one in made:
            await either.remove(one.id)

    async def test_an_image_that_does_not_exist(self, either: Engine, registry: str) -> None:
        reference = f"{registry}/no/such:1"
        assert await either.image(reference) is None
        with pytest.raises(PullFailed, match="no/such"):
            await either.pull(reference, quiet)
        assert await either.images_unused([reference]) == []


@pytest.fixture(scope="session")
def pushed(engine: daemon.Engine, base: str, registry: str, tag: str) -> str:
    """A small image in the registry under a tag; not on the engine any more."""
    name = f"{registry}/{tag}/small:1"
    dockerfile = (
        f"FROM {base}\nUSER nobody\nVOLUME /data\nRUN head -c 3000000 /dev/urandom >/blob\n"
    )
    dockerfile = (
        dockerfile.replace("USER nobody\nVOLUME /data\n", "") + "USER nobody\nVOLUME /data\n"
    )
    engine.docker("build", "-q", "-t", name, "-", stdin=dockerfile.encode())
    engine.docker("push", "-q", name)
    engine.docker("rmi", name)
    return name


class TestImages:
    """Pulling from a real registry."""

    async def test_a_pull_tells_how_far_it_is_and_what_it_got(
        self, docker_engine: DockerEngine, pushed: str
    ) -> None:
        told: list[int] = []
        image = await docker_engine.pull(pushed, lambda percentage, _: told.append(percentage))
        assert told == sorted(set(told))
        assert told[-1] == 100
        assert image.digest.startswith(pushed.removesuffix(":1") + "@sha256:")
        assert (image.user, image.volumes) == ("nobody", ("/data",))
        assert image.bytes > 3_000_000
        by_digest = await docker_engine.pull(image.digest, quiet)
        assert by_digest.id == image.id

    async def test_an_image_is_unused_until_a_container_uses_it(
        self, docker_engine: DockerEngine, pushed: str, spec: Make
    ) -> None:
        image = await docker_engine.pull(pushed, quiet)
        made = await docker_engine.create(spec(image=image.id))
        assert await docker_engine.images_unused([pushed]) == []
        await docker_engine.remove(made.id)
        (unused,) = await docker_engine.images_unused([pushed, pushed])
        await docker_engine.remove_image(unused)
        assert await docker_engine.image(pushed) is None
        await docker_engine.remove_image(unused)

    async def test_the_twin_pulls_in_the_same_words(self) -> None:
        twin, one = MemoryEngine(), flavour("r1")
        twin.offered[one.image] = image_of(one)
        told: list[int] = []
        await twin.pull(one.image, lambda percentage, _: told.append(percentage))
        assert told[-1] == 100
        assert await twin.image(one.image) == image_of(one)

    async def test_a_registry_that_is_not_there(self, docker_engine: DockerEngine) -> None:
        with pytest.raises(PullFailed, match="cannot be fetched"):
            await docker_engine.pull("127.0.0.1:1/x/y:1", quiet)


class TestRun:
    """What a container is really given."""

    async def test_powers_limits_and_secrets(
        self, engine: daemon.Engine, docker_engine: DockerEngine, spec: Make
    ) -> None:
        made = await docker_engine.create(spec())
        await docker_engine.start(made.id)
        found = json.loads(engine.docker("inspect", made.id))[0]
        host = found["HostConfig"]
        assert host["Memory"] == host["MemorySwap"] == 64 * 1024 * 1024
        assert (host["PidsLimit"], host["CpuQuota"]) == (32, 50_000)
        assert host["LogConfig"]["Config"] == {"max-size": "1m", "max-file": "2"}
        status = engine.docker("exec", made.id, "cat", "/proc/1/status")
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert {lines[name] for name in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
        assert lines["NoNewPrivs"] == "1"
        # The key is in the environment, which is the only place a client reads.
        found["Config"].pop("Env")
        assert "very-secret" not in json.dumps(found)
        assert "very-secret" not in engine.docker("top", made.id, "-ef")
        await docker_engine.remove(made.id)

    async def test_a_read_only_root_with_a_place_for_scraps(
        self, docker_engine: DockerEngine, spec: Make
    ) -> None:
        script = "touch /etc/x; echo root $?; touch /tmp/x; echo tmp $?"
        made = await docker_engine.create(spec(script, read_only=True))
        await docker_engine.start(made.id)
        await until(docker_engine, made, State.EXITED)
        logs = await docker_engine.logs(made.id, 10)
        assert "root 1" in logs
        assert "tmp 0" in logs
        await docker_engine.remove(made.id)

    async def test_what_eats_too_much_memory_is_killed_and_known(
        self, docker_engine: DockerEngine, spec: Make
    ) -> None:
        script = "python3 -c 'x = bytearray(400_000_000)'; sleep 5"
        made = await docker_engine.create(spec(f"exec {script.split(';')[0]}"))
        await docker_engine.start(made.id)
        async with asyncio.timeout(120):
            while not (found := await docker_engine.container(made.id)).out_of_memory:
                await asyncio.sleep(0.1)
        assert found.out_of_memory
        await docker_engine.remove(made.id)

    async def test_volumes_outlive_their_container(
        self, docker_engine: DockerEngine, spec: Make, tag: str
    ) -> None:
        volumes = {"/data": f"vol-{tag}"}
        for script in ("echo kept >/data/x", "cat /data/x"):
            made = await docker_engine.create(spec(script, volumes=volumes))
            await docker_engine.start(made.id)
            await until(docker_engine, made, State.EXITED)
            logs = await docker_engine.logs(made.id, 10)
            await docker_engine.remove(made.id)
        assert logs == "kept\n"
        await docker_engine.remove_volumes(list(volumes.values()))

    async def test_a_program_that_is_not_there(
        self, docker_engine: DockerEngine, spec: Make
    ) -> None:
        made = await docker_engine.create(spec(command=("no-such-program",)))
        await docker_engine.start(made.id)
        async with asyncio.timeout(30):
            while (await docker_engine.container(made.id)).exit_code != 127:
                await asyncio.sleep(0.05)
        assert "no-such-program" in await docker_engine.logs(made.id, 5)
        await docker_engine.remove(made.id)

    async def test_a_start_the_engine_refuses(
        self, docker_engine: DockerEngine, spec: Make
    ) -> None:
        """No NVIDIA runtime here: a card that does not exist cannot be handed out."""
        made = await docker_engine.create(spec(gpus=CARDS[:1]))
        with pytest.raises(StartFailed, match=r"could not select device driver .nvidia."):
            await docker_engine.start(made.id)
        await docker_engine.remove(made.id)

    async def test_a_log_is_followed_line_by_line_until_its_end(
        self, docker_engine: DockerEngine, spec: Make
    ) -> None:
        script = "echo one; sleep 0.3; printf tw; sleep 0.3; echo o; sleep 0.3"
        made = await docker_engine.create(spec(script))
        await docker_engine.start(made.id)
        async with asyncio.timeout(30), aclosing(docker_engine.follow(made.id, 100)) as lines:
            assert [line async for line in lines] == ["one", "two"]
        await docker_engine.remove(made.id)

    async def test_a_follower_of_a_silent_log_may_leave(
        self, docker_engine: DockerEngine, spec: Make
    ) -> None:
        made = await docker_engine.create(spec("echo one; exec sleep 600"))
        await docker_engine.start(made.id)
        async with asyncio.timeout(30), aclosing(docker_engine.follow(made.id, 100)) as lines:
            assert await anext(lines) == "one"
        await docker_engine.remove(made.id)

    async def test_what_happens_is_told(self, docker_engine: DockerEngine, spec: Make) -> None:
        made = await docker_engine.create(spec("exit 3"))
        async with asyncio.timeout(30), aclosing(docker_engine.events()) as events:
            starting = asyncio.create_task(self._start_soon(docker_engine, made))
            # Others may work on the same engine.
            while (told := await anext(events)) != made.id:
                pass
            await starting
        assert told == made.id
        await docker_engine.remove(made.id)

    @staticmethod
    async def _start_soon(engine: DockerEngine, made: Container) -> None:
        await asyncio.sleep(0.3)
        await engine.start(made.id)


class TestProbe:
    """What a real engine says of this machine."""

    async def test_this_machine_is_described_without_an_image(
        self, engine: daemon.Engine, docker_engine: DockerEngine
    ) -> None:
        before = engine.docker("images", "-q")
        machine = await docker_engine.probe()
        assert machine.cpus >= 1
        assert machine.memory > 100
        assert machine.arch in ("x86_64", "aarch64")
        assert engine.docker("images", "-q") == before

    def test_an_engine_that_is_not_there(self) -> None:
        with pytest.raises(EngineUnavailable, match="does not answer"):
            DockerEngine({"DOCKER_HOST": "unix:///nowhere/docker.sock"})


def test_why_no_engine_can_be_started_is_one_line() -> None:
    reason = daemon.why_not()
    assert reason is None or (reason and "\n" not in reason)
    assert not daemon.answers("unix:///nowhere/docker.sock")
