"""Fixtures: `folder` (short: paths of unix sockets are limited), `home` and `platform`.

And `lab`, an installation without services, `resting`, the same for tests that never start its
database, `vault`, an empty folder for backups, and `kept`, a vault with one backup of the lab. The
lab is founded and backed up once; every test gets copies.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_lab import Kept, Lab

from bauhof.running import Deployment, deployment
from deployment.backup.vault import Vault
from deployment.home import Home

pytest_plugins = ["pytester"]


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="bd-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def home(folder: Path) -> Iterator[Home]:
    # People's folders have spaces and letters of their own.
    home = Home(folder / "mein Bauhof für alle")
    yield home
    shutil.rmtree(home.run_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def platform() -> Iterator[Deployment]:
    """A running platform of two services, for tests that leave it as they found it."""
    with deployment(services=("fakts", "mikro", "objectstore")) as running:
        yield running


@pytest.fixture(scope="session")
def founded() -> Iterator[tuple[Lab, Kept]]:
    folder = Path(tempfile.mkdtemp(prefix="bl-"))
    lab, vault = Lab(Home(folder / "home")), Vault(folder / "vault")

    async def make() -> str:
        await lab.found()
        return (await lab.back_up(vault)).name

    yield lab, Kept(vault, asyncio.run(make()))
    shutil.rmtree(folder)


@pytest.fixture
def lab(founded: tuple[Lab, Kept], home: Home) -> Lab:
    copy(founded[0].home.root, home.root)
    return Lab(home)


@pytest.fixture
def resting(founded: tuple[Lab, Kept], home: Home) -> Lab:
    """The lab with next to nothing in the folder of its database, which is a thousand files."""
    source = founded[0].home
    home.root.mkdir()
    shutil.copystat(source.root, home.root)
    for entry in source.root.iterdir():
        if entry != source.postgres_dir:
            copy(entry, home.root / entry.name)
    home.postgres_dir.mkdir()
    copy(source.postgres_dir / "PG_VERSION", home.postgres_dir / "PG_VERSION")
    owner = source.postgres_dir.stat()
    os.chown(home.postgres_dir, owner.st_uid, owner.st_gid)
    shutil.copystat(source.postgres_dir, home.postgres_dir)
    return Lab(home)


@pytest.fixture
def vault(folder: Path) -> Vault:
    return Vault(folder / "backups of the lab")


@pytest.fixture
def kept(founded: tuple[Lab, Kept], folder: Path) -> Kept:
    vault = Vault(folder / "kept backups")
    copy(founded[1].vault.root, vault.root)
    return Kept(vault, founded[1].name)


def copy(source: Path, target: Path) -> None:
    """Copy a folder with owners and times, as the database and the objects need them."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", source, target], check=True)
