"""Fixtures beside those of engine_fixtures.py: ``environ`` (the engine with its compose plugin),
``image`` (the platform's, built from this working copy), ``installation`` (made by `bauhof init`,
running), ``lab`` (an organization on it with released clients), ``python`` (their interpreter).
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import daemon
import pytest
from compose_plugin import docker_config
from installation import Installation, free_port
from lab import Lab
from lacking import or_skipped
from platform_handle import clients_python
from platform_image import platform_image

pytest_plugins = ("engine_fixtures",)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the engine anew last: that waits for the other suite which uses it."""
    items.sort(key=lambda item: item.name == "test_everything_comes_back_with_the_engine")


@pytest.fixture(scope="session")
def environ(engine: daemon.Engine) -> dict[str, str]:
    """The variables by which the engine and its plugin are found."""
    with or_skipped():
        return {**engine.environment(), **docker_config()}


@pytest.fixture(scope="session")
def image(engine: daemon.Engine) -> Iterator[str]:
    """The image of the platform, built from this working copy."""
    name = f"bauhof-test/platform:t{uuid.uuid4().hex[:8]}"
    with or_skipped():
        platform_image(engine, name)
    yield name
    engine.docker("rmi", "--force", name)


@pytest.fixture(scope="session")
def installation(image: str, environ: dict[str, str]) -> Iterator[Installation]:
    """An installation that was made and started by the command line."""
    folder = Path(tempfile.mkdtemp(prefix="bc-"))
    made = Installation(folder / "mein Bauhof", environ)
    besides = ("--with", "engine", "--with", "backup")
    made.run("init", "--port", str(free_port()), "--image", image, *besides)
    made.serve_repositories()
    made.use_engine(environ["DOCKER_HOST"])
    try:
        made.up()
        yield made
    finally:
        made.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of the environment that holds the released clients."""
    return clients_python()


@pytest.fixture(scope="session")
def lab(
    installation: Installation, python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """An organization with one user, and programs of the released clients."""
    folder = tmp_path_factory.mktemp("lab")
    with closing(Lab(installation, name="lab", folder=folder, python=python)) as lab:
        yield lab
