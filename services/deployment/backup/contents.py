"""What a backup holds of a home: small files as they are, and objects by their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from deployment.backup.faults import BackupDamaged
from deployment.home import Home

MANIFEST = "manifest.json"
OBJECTS = "objects.jsonl"
DATABASES = "databases"
FILES = "home"
#: What is made anew at every start, or is only about the run at hand.
_PASSING = frozenset({"secrets/pgpass"})
_KEPT = ("home.json", "config.yaml", "ready", "version", "secrets", "state", "gateway")
#: What the containers of apps are known by; all else there is made anew.
_KEPT_EACH = "engine/*/state/engine-id"


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself."""

    format: int
    version: str
    created_at: str
    installation: str
    #: Service -> SHA-256 of its dump.
    databases: dict[str, str]
    #: Path below the home -> SHA-256.
    files: dict[str, str]
    objects: int
    object_bytes: int


@dataclass(frozen=True)
class ObjectEntry:
    """One stored object."""

    #: Below the folder of objects.
    path: str
    size: int
    #: Objects are replaced whole, so a file that has the same time has the same content.
    mtime_ns: int
    sha256: str


def kept_files(home: Home) -> Iterator[str]:
    """Yield the paths of settings, secrets and keys, below the home."""
    for place in (*(home.root / name for name in _KEPT), *sorted(home.root.glob(_KEPT_EACH))):
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in found:
            below = path.relative_to(home.root).as_posix()
            if path.is_file() and below not in _PASSING and not path.name.startswith("."):
                yield below


def stored_objects(home: Home) -> Iterator[Path]:
    """Yield the file of every object; drafts and uploads that go on are none."""
    if not home.objects_dir.is_dir():
        return
    for bucket in sorted(home.objects_dir.iterdir()):
        if bucket.is_dir() and not bucket.name.startswith("."):
            yield from (path for path in sorted(bucket.rglob("*")) if path.is_file())


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return digest_of_open(file)


def digest_of_open(file: IO[bytes]) -> str:
    """Return the SHA-256 of an open file, from where it stands."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write the manifest."""
    path.write_text(json.dumps(asdict(manifest), sort_keys=True), encoding="utf8")


def read_manifest(path: Path) -> Manifest:
    """Read the manifest; raise `BackupDamaged` if it is none."""
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupDamaged(f"the manifest cannot be read: {error}") from error


def write_objects(path: Path, entries: Iterable[ObjectEntry]) -> None:
    """Write the list of objects, a line each: there may be millions."""
    with path.open("w", encoding="utf8") as file:
        for one in entries:
            file.write(json.dumps([one.path, one.size, one.mtime_ns, one.sha256]) + "\n")


def read_objects(path: Path) -> Iterator[ObjectEntry]:
    """Yield the list of objects again."""
    try:
        with path.open(encoding="utf8") as file:
            for line in file:
                yield ObjectEntry(*json.loads(line))
    except (OSError, ValueError, TypeError) as error:
        raise BackupDamaged(f"the list of objects cannot be read: {error}") from error


def inside(root: Path, below: str) -> Path:
    """Return a path of an archive below a folder; raise if it would lead out of it."""
    path = (root / below).resolve()
    if not path.is_relative_to(root.resolve()) or path == root.resolve():
        raise BackupDamaged(f"the backup names a file outside of the home: {below!r}")
    return path
