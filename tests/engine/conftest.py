"""Fixtures beside those of engine_fixtures.py: ``docker_engine`` (our adapter on it), ``tag`` (a
name of this run, so that runs side by side do not meet), ``platform``, ``git_host`` (where it reads
repositories) and ``shop`` (a lab on it with a deployer).
"""

from __future__ import annotations

import contextlib
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import daemon
import pytest
from filtering import Filter, filtered
from lab import Lab
from platform_handle import Platform, clients_python, deployed
from shop import Shop

from deployers.docker.engine import DockerEngine
from deployment.engine import install

# Behind our own folders, for it has a `shop` as well.
sys.path.append(str(Path(__file__).parents[1] / "kabinet"))


pytest_plugins = ("engine_fixtures",)


@pytest.fixture(scope="session")
def tag(engine: daemon.Engine) -> Iterator[str]:
    """A word that stands in all names of this run; what still has it in the end is removed."""
    word = f"t{uuid.uuid4().hex[:8]}"
    yield word
    left = engine.docker("ps", "-aq", "--filter", f"name={word}").split()
    if left:
        engine.docker("rm", "-f", "-v", *left)
    for kind in ("network", "volume"):
        for name in engine.docker(kind, "ls", "-q", "--filter", f"name={word}").split():
            with contextlib.suppress(AssertionError):
                engine.docker(kind, "rm", name)
    images = engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
    mine = [name for name in images if word in name]
    if mine:
        engine.docker("rmi", "-f", *mine)


@pytest.fixture
async def docker_engine(engine: daemon.Engine) -> AsyncIterator[DockerEngine]:
    """The deployer's adapter on the engine."""
    adapter = DockerEngine({"DOCKER_HOST": engine.host})
    yield adapter
    await adapter.close()


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return daemon.ROOT


@pytest.fixture(scope="session")
def git_host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of git checkouts, `user/repo`, that the platform reads as it would a git host."""
    return tmp_path_factory.mktemp("git")


@pytest.fixture(scope="session")
def platform(git_host: Path) -> Iterator[Platform]:
    """A platform that may read a registry on loopback, and checkouts in a folder."""
    variables = {
        "KABINET__SOURCES__ALLOWED_HOSTS": '["127.0.0.1"]',
        "KABINET__SOURCES__GIT_URL": f"file://{git_host}/{{user}}/{{repo}}/{{path}}",
    }
    with deployed(variables) as running:
        yield running


@pytest.fixture(scope="session")
def deployer_python(root: Path) -> Path:
    """An environment for the deployer, made once."""
    return install(root / ".cache" / "deployer-venv", lambda _: None)


@pytest.fixture(scope="session")
def proxy(engine: daemon.Engine) -> Iterator[Filter]:
    """The way by which the deployer of the lab reaches the engine: what is documented, no more."""
    with filtered(engine.host) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def shop(
    platform: Platform,
    engine: daemon.Engine,
    proxy: Filter,
    deployer_python: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """A lab with a running deployer."""
    folder = tmp_path_factory.mktemp("lab")
    lab = Lab(platform, name="lab", folder=folder, python=clients_python())
    with closing(Shop(lab, engine, deployer_python, docker_host=proxy.host)) as shop:
        shop.start_deployer()
        yield shop
