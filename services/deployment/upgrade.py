"""The way back from an upgrade: the databases as they were before a new version touched them.

`<home>/version` names the version that last was healthy here. When another one starts, it first
keeps a dump of every database in `<home>/before-upgrade`. If it does not become healthy, the dumps
are put back by itself; if it does, they stay for `bauhof rollback`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from chassis.clock import now
from deployment.config import Settings
from deployment.errors import DeploymentError, HomeUnusable
from deployment.home import Home, already_running, is_locked, read_json, write_private
from deployment.postgres import Cluster, serving
from deployment.version import version, version_numbers

_META = "upgrade.json"


@dataclass(frozen=True)
class Kept:
    """Dumps of one moment."""

    #: The version that had written what is in them.
    version: str
    made_at: str
    databases: tuple[str, ...]
    #: False until the version that came after was healthy.
    finished: bool = False


@dataclass(frozen=True)
class RolledBack:
    """What `bauhof rollback` did."""

    version: str
    #: The databases are as they were then.
    made_at: str
    databases: tuple[str, ...]


def kept_dir(home: Home) -> Path:
    """Where the dumps of before the upgrade lie."""
    return home.root / "before-upgrade"


def undone_dir(home: Home) -> Path:
    """Where what a rollback replaced lies, until the next one."""
    return home.root / "before-rollback"


def last_version(home: Home) -> str | None:
    """Return the version that last was healthy here; None on a new home."""
    try:
        return (home.root / "version").read_text(encoding="utf8").strip() or None
    except FileNotFoundError:
        return None


def is_upgrade(home: Home) -> bool:
    """Tell whether another version than this one last was healthy here."""
    return not home.is_new and last_version(home) not in (None, version())


def refuse_older(home: Home) -> None:
    """Raise if a newer version was healthy here: this one does not know its tables."""
    found = last_version(home)
    if found is not None and version_numbers(found) > version_numbers(version()):
        raise HomeUnusable(
            f"{home.root} was last used by Bauhof {found}, this is {version()}",
            hint=f"Install {found} again, or take the upgrade back: bauhof rollback",
        )


def read_kept(folder: Path) -> Kept | None:
    """Return what a folder of dumps says of itself; None if there is none or it is half."""
    body = read_json(folder / _META)
    try:
        return None if body is None else Kept(**{**body, "databases": tuple(body["databases"])})
    except (KeyError, TypeError):
        return None


async def keep(
    cluster: Cluster, services: Sequence[str], folder: Path, wrote: str, *, finished: bool = False
) -> Kept:
    """Dump the databases that are there; the folder counts only when it is whole."""
    draft = folder.with_name(f".{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    there = set((await cluster.psql("SELECT datname FROM pg_database;")).split())
    names = tuple(name for name in services if name in there)
    for name in names:
        await cluster.dump(name, draft / f"{name}.dump")
    kept = Kept(wrote, now().isoformat(), names, finished)
    write_private(draft / _META, json.dumps(asdict(kept)))
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return kept


async def before_upgrade(home: Home, cluster: Cluster, services: Sequence[str]) -> Kept:
    """Keep the databases as the old version left them.

    An upgrade that was killed half-way is gone on with: what it has kept is older, and right.
    """
    wrote = last_version(home) or ""
    kept = read_kept(kept_dir(home))
    if kept is not None and kept.version == wrote and not kept.finished:
        return kept
    return await keep(cluster, services, kept_dir(home), wrote)


async def put_back(cluster: Cluster, folder: Path) -> Kept:
    """Make the databases what they were; nobody may be using them."""
    kept = read_kept(folder)
    if kept is None:
        raise DeploymentError(f"there are no whole dumps in {folder}")
    for name in kept.databases:
        await cluster.load(name, folder / f"{name}.dump")
    return kept


def finish(home: Home) -> None:
    """Note that this version is healthy here; what was kept stays for a rollback."""
    folder = kept_dir(home)
    kept = read_kept(folder)
    if kept is not None and not kept.finished:
        write_private(folder / _META, json.dumps({**asdict(kept), "finished": True}))
    if last_version(home) != version():
        write_private(home.root / "version", version() + "\n")


def give_up(home: Home) -> None:
    """Forget what was kept, once it has been put back."""
    shutil.rmtree(kept_dir(home), ignore_errors=True)


async def rollback(home: Home, settings: Settings, *, sure: bool) -> RolledBack:
    """Take the last upgrade back. What has been written since is kept aside, in `undone_dir`.

    Raises:
        AlreadyRunning: stop the platform first.
        DeploymentError: there was no upgrade, or `sure` was not said.
    """
    if is_locked(home):
        raise already_running(home)
    kept = read_kept(kept_dir(home))
    if kept is None or not kept.finished:
        raise DeploymentError(
            f"there is no upgrade of {home.root} to take back",
            hint="An older state may be in a backup: bauhof backup list",
        )
    if not sure:
        raise DeploymentError(
            f"the databases would be as Bauhof {kept.version} left them at {kept.made_at}; "
            "what was written since would be gone from them",
            hint="Say --yes to do it.",
            field="yes",
        )
    async with serving(home, settings.postgres) as cluster:
        wrote = last_version(home) or version()
        await keep(cluster, kept.databases, undone_dir(home), wrote, finished=True)
        await put_back(cluster, kept_dir(home))
    write_private(home.root / "version", kept.version + "\n")
    give_up(home)
    return RolledBack(kept.version, kept.made_at, kept.databases)
