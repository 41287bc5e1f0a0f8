"""A database that is migrated already, for platforms that live as long as a test.

Migrating four empty databases is most of a first start, and gives the same tables each time. It
is done once and kept in the user's cache; new homes begin with a copy. What a service puts into
its tables at its first start is not in there: each home makes that, and its secrets, by itself.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from deployment.administration import CONFIG_FILE_VARIABLE
from deployment.catalog import SERVICES, Service
from deployment.config import PostgresSettings
from deployment.errors import DeploymentError
from deployment.home import Home
from deployment.postgres import PORT, SUPERUSER, Cluster, serving
from deployment.tools import POSTGRES_MAJOR, python_module
from deployment.version import version

_CACHE_VARIABLE = "XDG_CACHE_HOME"
_PREFIX = "template-"
_KEPT_SECONDS = 3 * 86_400
_STORED = tuple(service for service in SERVICES if service.is_django)
_CLUSTER = "postgres"
_PASSWORD = "password"  # noqa: S105 - the name of a file


def lay(home: Home, services: Sequence[str] = ()) -> None:
    """Give a home that has no database the migrated ones of its services (default: all).

    A home that has a database keeps it.
    """
    stored = [service for service in _STORED if not services or service.name in services]
    if home.postgres_dir.exists() or not stored:
        return
    with _kept(stored) as template:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.secrets_dir.mkdir(mode=0o700, exist_ok=True)
        password = home.secrets_dir / f"database-{SUPERUSER}"
        shutil.copy2(template / _PASSWORD, password)
        # Beside its place first, so that half a copy never counts.
        draft = home.root / "postgres.copy"
        copy(template / _CLUSTER, draft)
        draft.rename(home.postgres_dir)


def copy(source: Path, target: Path) -> None:
    """Copy a folder with owners and modes, sharing its blocks where the file system can."""
    words = ["cp", "-a", "--reflink=auto", str(source), str(target)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DeploymentError(f"cannot copy {source}: {done.stderr.strip()}")


def cache_folder() -> Path:
    """Return the folder in which migrated databases are kept, made if there is none."""
    cache = Path(os.environ.get(_CACHE_VARIABLE) or Path.home() / ".cache") / "bauhof"
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    return cache


def key(services: Sequence[Service]) -> str:
    """Return a word that is another one when the tables may be other ones."""
    digest = hashlib.sha256(f"{version()} {POSTGRES_MAJOR}".encode())
    for service in services:
        digest.update(service.name.encode())
        for path in sorted((_package(service) / "migrations").glob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _kept(services: Sequence[Service]) -> Iterator[Path]:
    """Yield the folder of the template; it is made when there is none, by one process."""
    cache = cache_folder()
    wanted = cache / f"{_PREFIX}{key(services)}"
    with (cache / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        if not wanted.exists():
            fcntl.flock(file, fcntl.LOCK_EX)
            if not wanted.exists():
                _forget(cache)
                _make(wanted, services)
            fcntl.flock(file, fcntl.LOCK_SH)
        os.utime(wanted)
        yield wanted


def _forget(cache: Path) -> None:
    """Remove what nobody began with for days: the tables have changed since."""
    for old in cache.glob(f"{_PREFIX}*"):
        if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


def _make(target: Path, services: Sequence[Service]) -> None:
    # In a folder the database's account can reach, as the homes of tests are.
    home = Home(Path(tempfile.mkdtemp(prefix="bauhof-template-")))
    draft = target.with_name(f"draft-{target.name}")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        # In a thread of its own, for the caller may have an event loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _migrate(home, services)).result()
        draft.mkdir(mode=0o700)
        copy(home.postgres_dir, draft / _CLUSTER)
        shutil.copy2(home.secrets_dir / f"database-{SUPERUSER}", draft / _PASSWORD)
        draft.rename(target)
    finally:
        shutil.rmtree(home.root, ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)


async def _migrate(home: Home, services: Sequence[Service]) -> None:
    async with serving(home, PostgresSettings()) as cluster:
        await cluster.provision(tuple(service.name for service in services))
        await asyncio.gather(*(_migrate_service(cluster, service) for service in services))


async def _migrate_service(cluster: Cluster, service: Service) -> None:
    name = service.name
    values = {
        "DATABASE__HOST": str(cluster.home.postgres_socket_dir),
        "DATABASE__PORT": str(PORT),
        "DATABASE__PASSWORD_FILE": str(cluster.password_file(name)),
        "STATE_DIR": str(cluster.home.state_dir(name)),
    }
    env = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    env |= {f"{name.upper()}__{key}": value for key, value in values.items()}
    env[CONFIG_FILE_VARIABLE] = ""
    process = await asyncio.create_subprocess_exec(
        *python_module("chassis.manage"),
        *(service.package, "migrate", "--no-input", "--verbosity=0"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=env,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise DeploymentError(f"cannot migrate {name}: {said.decode(errors='replace').strip()}")


def _package(service: Service) -> Path:
    spec = importlib.util.find_spec(service.package)
    if spec is None or spec.origin is None:
        raise DeploymentError(f"{service.package} is not installed")
    return Path(spec.origin).parent
