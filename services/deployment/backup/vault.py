"""The folder that holds backups: one archive each, and the objects that all of them share.

bauhof-backups.json     whose backups these are
archives/<name>.age     databases, settings, keys, and the list of objects
archives/<name>.json    what may be known without the key: when, which version, how large
objects/ab/<name>.age   the content of objects, each once however many backups hold it
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from deployment.backup.faults import BackupDamaged, BackupMissing, VaultForeign
from deployment.backup.seal import Seal
from deployment.errors import HomeUnusable
from deployment.home import Home, read_json, write_private

FORMAT = 1
MARKER = "bauhof-backups.json"
LATEST = "latest"


@dataclass(frozen=True)
class Summary:
    """What is known of a backup without opening it. Sizes in bytes."""

    name: str
    created_at: str
    version: str
    installation: str
    services: tuple[str, ...]
    #: Of the archive, sealed.
    size: int
    objects: int
    object_bytes: int
    #: Objects that this backup was the first to hold.
    new_objects: int
    new_object_bytes: int


@dataclass(frozen=True)
class Vault:
    """A folder of backups."""

    root: Path

    @property
    def archives(self) -> Path:
        """Where the archives lie."""
        return self.root / "archives"

    def archive(self, name: str) -> Path:
        """Return where the archive of a backup lies."""
        return self.archives / f"{name}.age"

    def object(self, name: str) -> Path:
        """Return where the content of an object lies."""
        return self.root / "objects" / name[:2] / f"{name}.age"

    def names_of_objects(self) -> Iterator[str]:
        """Yield the name of every content that is kept."""
        for path in (self.root / "objects").glob("??/*.age"):
            yield path.stem

    def summaries(self) -> list[Summary]:
        """Return what is known of every backup, the oldest first."""
        found = []
        for path in sorted(self.archives.glob("*.json")):
            body = read_json(path) or {}
            with contextlib.suppress(TypeError):
                found.append(Summary(**{**body, "services": tuple(body.get("services", ()))}))
        return [one for one in found if self.archive(one.name).exists()]

    def find(self, name: str) -> Summary:
        """Return a backup by name, or the newest."""
        found = self.summaries()
        if not found:
            raise BackupMissing(
                f"there is no backup in {self.root}",
                hint="Name the folder with --from, or make one: bauhof backup create",
            )
        if name == LATEST:
            return found[-1]
        for one in found:
            if one.name == name:
                return one
        raise BackupMissing(
            f"there is no backup {name!r} in {self.root}",
            hint=f"There are: {', '.join(one.name for one in found[-5:])}",
            field="name",
        )

    def keep(self, summary: Summary) -> None:
        """Make a backup count: from here on it is listed."""
        write_private(self.archives / f"{summary.name}.json", json.dumps(asdict(summary)))

    def forget(self, name: str) -> None:
        """Remove the archive of a backup; it stops being listed first."""
        (self.archives / f"{name}.json").unlink(missing_ok=True)
        self.archive(name).unlink(missing_ok=True)

    def check_seal(self, seal: Seal) -> None:
        """Raise unless the backups here open with this key."""
        body = read_json(self.root / MARKER)
        if body is None:
            raise BackupMissing(f"{self.root} holds no backups", hint="Name the folder: --from")
        if int(body.get("format", 0)) > FORMAT:
            raise BackupDamaged(
                f"{self.root} was written by a newer Bauhof", hint="Install that version."
            )
        if body.get("public") != seal.public:
            raise VaultForeign(
                f"the backups in {self.root} open with another recovery key",
                hint="Give the key of that installation with --key-file, or choose another folder.",
            )


def default_vault(home: Home) -> Vault:
    """Return the folder beside the home, so that losing the home does not lose both."""
    return Vault(home.root.with_name(f"{home.root.name}-backups"))


@contextmanager
def writing(vault: Vault, seal: Seal) -> Iterator[None]:
    """Make the folder if there is none, and have it for this process alone."""
    marker = vault.root / MARKER
    try:
        vault.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not marker.exists():
            if any(vault.root.iterdir()):
                raise VaultForeign(
                    f"{vault.root} holds other things", hint="Choose an empty folder with --to."
                )
            write_private(marker, json.dumps({"format": FORMAT, "public": seal.public}))
        for folder in (vault.archives, vault.root / "objects"):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise HomeUnusable(
            f"cannot keep backups in {vault.root}: {error.strerror}",
            hint="Choose another folder with --to.",
        ) from error
    vault.check_seal(seal)
    with (vault.root / MARKER).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeUnusable(
                f"another backup is being written to {vault.root}",
                hint="Wait until it has ended, then give the command again.",
            ) from None
        for draft in vault.root.rglob(".*.draft"):
            draft.unlink(missing_ok=True)
        try:
            yield
        finally:
            _hand_over(vault)


def _hand_over(vault: Vault) -> None:
    """Let what root wrote belong to the owner of the folder, who makes backups there as well."""
    owner = vault.root.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for path in vault.root.rglob("*"):
        if path.lstat().st_uid == 0:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield a file that becomes `path` when the block ends well, whole and on the disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
