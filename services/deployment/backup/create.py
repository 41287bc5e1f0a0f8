"""Makes a backup of a home, while its platform runs or not.

Databases first, then objects: an object is written before the row that names it, so every row of
a dump finds its object. Objects that were in an earlier backup are not read again.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from chassis.clock import now
from deployment.backup import contents
from deployment.backup.contents import Manifest, ObjectEntry
from deployment.backup.seal import Seal, own_seal
from deployment.backup.vault import FORMAT, LATEST, Summary, Vault, draft_of, writing
from deployment.backup.verify import Told, unpack
from deployment.config import Settings
from deployment.errors import DeploymentError
from deployment.home import Home, read_json
from deployment.postgres import serving
from deployment.version import version


@dataclass
class _Tally:
    """What went into the pool of objects."""

    count: int = 0
    size: int = 0
    new: int = 0
    new_size: int = 0
    entries: list[ObjectEntry] = field(default_factory=list)


async def create(
    home: Home, settings: Settings, services: tuple[str, ...], vault: Vault, told: Told
) -> Summary:
    """Make a backup; return what may be known of it.

    Raises:
        HomeUnusable: the folder cannot be written, or another backup goes on.
        VaultForeign: it holds the backups of another installation.
        DeploymentError: there is no installation here yet.
    """
    identity = read_json(home.root / "home.json")
    if home.is_new or identity is None:
        raise DeploymentError(
            f"there is no installation in {home.root} to back up",
            hint="Name its folder with --home.",
        )
    seal = own_seal(home)
    moment = now()
    name = f"{moment:%Y%m%dT%H%M%S.%f}"[:-3] + f"Z-{version()}"
    home.work_dir.mkdir(mode=0o700, exist_ok=True)
    place = home.work_dir
    with writing(vault, seal), tempfile.TemporaryDirectory(dir=place, prefix=".backup-") as d:
        folder = Path(d)
        databases = await _dump(home, settings, services, folder, told)
        files = _copy_files(home, folder)
        tally = _copy_objects(home, vault, seal, _known(vault, seal), told)
        contents.write_objects(folder / contents.OBJECTS, tally.entries)
        manifest = Manifest(
            format=FORMAT,
            version=version(),
            created_at=moment.isoformat(),
            installation=str(identity.get("id", "")),
            databases=databases,
            files=files,
            objects=tally.count,
            object_bytes=tally.size,
        )
        contents.write_manifest(folder / contents.MANIFEST, manifest)
        told("sealing", 0, 1)
        _pack(folder, vault.archive(name), seal)
        summary = Summary(
            name=name,
            created_at=manifest.created_at,
            version=manifest.version,
            installation=manifest.installation,
            services=tuple(databases),
            size=vault.archive(name).stat().st_size,
            objects=tally.count,
            object_bytes=tally.size,
            new_objects=tally.new,
            new_object_bytes=tally.new_size,
        )
        vault.keep(summary)
    return summary


async def _dump(
    home: Home, settings: Settings, services: tuple[str, ...], folder: Path, told: Told
) -> dict[str, str]:
    place = folder / contents.DATABASES
    place.mkdir()
    digests = {}
    async with serving(home, settings.postgres) as cluster:
        there = set((await cluster.psql("SELECT datname FROM pg_database;")).split())
        stored = [service for service in services if service in there]
        for number, service in enumerate(stored):
            told(f"database {service}", number, len(stored))
            target = place / f"{service}.dump"
            await cluster.dump(service, target)
            digests[service] = contents.digest_of(target)
    return digests


def _copy_files(home: Home, folder: Path) -> dict[str, str]:
    digests = {}
    for below in contents.kept_files(home):
        target = folder / contents.FILES / below
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((home.root / below).read_bytes())
        target.chmod(0o600)
        digests[below] = contents.digest_of(target)
    return digests


def _known(vault: Vault, seal: Seal) -> dict[tuple[str, int, int], str]:
    """The objects of the newest backup: path, size and time -> SHA-256."""
    if not vault.summaries():
        return {}
    with unpack(vault, vault.find(LATEST).name, seal) as folder:
        return {
            (one.path, one.size, one.mtime_ns): one.sha256
            for one in contents.read_objects(folder / contents.OBJECTS)
        }


def _copy_objects(
    home: Home, vault: Vault, seal: Seal, known: dict[tuple[str, int, int], str], told: Told
) -> _Tally:
    tally = _Tally()
    paths = list(contents.stored_objects(home))
    for number, path in enumerate(paths):
        told("objects", number, len(paths))
        for entry in _copy_object(home, path, vault, seal, known, tally):
            tally.entries.append(entry)
            tally.count += 1
            tally.size += entry.size
    return tally


def _copy_object(  # one object is one step: what is known, read, sealed and counted
    home: Home,
    path: Path,
    vault: Vault,
    seal: Seal,
    known: dict[tuple[str, int, int], str],
    tally: _Tally,
) -> Iterator[ObjectEntry]:
    below = path.relative_to(home.objects_dir).as_posix()
    try:
        status = path.stat()
        digest = known.get((below, status.st_size, status.st_mtime_ns))
        if digest is None or not vault.object(seal.name_of(digest)).exists():
            # One descriptor: the content stays what it is if the name is given to another object.
            with path.open("rb") as file:
                digest, size = _put(file, vault, seal)
                tally.new += size > 0
                tally.new_size += size
    except FileNotFoundError:
        return  # deleted meanwhile, and so is the row that named it, or its trash was emptied
    yield ObjectEntry(below, status.st_size, status.st_mtime_ns, digest)


def _put(file: IO[bytes], vault: Vault, seal: Seal) -> tuple[str, int]:
    """Keep the content of an open file; return its SHA-256, and its size if it was new."""
    digest = contents.digest_of_open(file)
    target = vault.object(seal.name_of(digest))
    if target.exists():
        return digest, 0
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    with draft_of(target) as draft, draft.open("wb") as sealed:
        seal.close(file, sealed)
    return digest, size


def _pack(folder: Path, target: Path, seal: Seal) -> None:
    plain = folder / "archive.tar"
    with tarfile.open(plain, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path != plain:
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
    with draft_of(target) as draft, draft.open("wb") as sealed, plain.open("rb") as file:
        seal.close(file, sealed)
