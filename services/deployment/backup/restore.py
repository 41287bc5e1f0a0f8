"""Puts a backup in the place of a home. What was there is moved aside, never overwritten."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chassis.clock import now
from deployment.backup import contents
from deployment.backup.contents import Manifest
from deployment.backup.faults import BackupDamaged
from deployment.backup.seal import Seal
from deployment.backup.vault import Vault
from deployment.backup.verify import Told, check_archive, open_object, unpack
from deployment.config import Settings
from deployment.errors import AlreadyRunning, DeploymentError
from deployment.home import Home, already_running, is_locked, readable_errors
from deployment.postgres import serving
from deployment.version import version, version_numbers


@dataclass(frozen=True)
class Restored:
    """What was done."""

    name: str
    version: str
    databases: tuple[str, ...]
    objects: int
    #: Where the home that was here before is now.
    moved_to: str | None


async def restore(  # the options of one command
    home: Home, vault: Vault, name: str, seal: Seal, settings: Settings, told: Told, *, force: bool
) -> Restored:
    """Make the home what it was when the backup was made; keys stay, so clients stay logged in.

    Everything is put together beside the home and takes its place in one step at the end.

    Raises:
        AlreadyRunning: a platform runs there; stop it first.
        DeploymentError: there is an installation and `force` was not given, or the backup is of a
            newer version.
        BackupDamaged: a part is missing or was changed; the home is as it was.
    """
    _may_replace(home, force=force)
    vault.check_seal(seal)
    with readable_errors(home):
        home.root.parent.mkdir(parents=True, exist_ok=True)
        draft = Home(Path(tempfile.mkdtemp(dir=home.root.parent, prefix=f".{home.root.name}-")))
    try:
        with unpack(vault, name, seal) as folder, readable_errors(draft):
            manifest = check_archive(folder)
            _check_version(manifest)
            _lay_files(draft, folder, manifest)
            _lay_objects(draft, folder, manifest, vault, seal, told)
            await _load(draft, folder, manifest, settings, told)
        _may_replace(home, force=force)
        moved = _take_place(home, draft)
    finally:
        shutil.rmtree(draft.root, ignore_errors=True)
        shutil.rmtree(draft.run_dir, ignore_errors=True)
    return Restored(name, manifest.version, tuple(manifest.databases), manifest.objects, moved)


def _may_replace(home: Home, *, force: bool) -> None:
    if is_locked(home):
        running: AlreadyRunning = already_running(home)
        raise running
    if not force and (home.root / "home.json").exists():
        raise DeploymentError(
            f"there is an installation in {home.root}",
            hint="With --force it is moved aside, not deleted.",
            field="force",
        )


def _check_version(manifest: Manifest) -> None:
    if version_numbers(manifest.version) > version_numbers(version()):
        raise DeploymentError(
            f"the backup was made by Bauhof {manifest.version}, this is {version()}",
            hint=f"Install {manifest.version} or newer first.",
        )


def _lay_files(draft: Home, folder: Path, manifest: Manifest) -> None:
    for below in manifest.files:
        target = contents.inside(draft.root, below)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(folder / contents.FILES / below, target)
        target.chmod(0o600)


async def _load(
    draft: Home, folder: Path, manifest: Manifest, settings: Settings, told: Told
) -> None:
    async with serving(draft, settings.postgres) as cluster:
        for number, service in enumerate(manifest.databases):
            told(f"database {service}", number, len(manifest.databases))
            await cluster.load(service, folder / contents.DATABASES / f"{service}.dump")


def _lay_objects(  # where from, where to, and who is told
    draft: Home, folder: Path, manifest: Manifest, vault: Vault, seal: Seal, told: Told
) -> None:
    count = 0
    for entry in contents.read_objects(folder / contents.OBJECTS):
        told("objects", count, manifest.objects)
        target = contents.inside(draft.objects_dir, entry.path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        open_object(vault, entry, seal, target)
        target.chmod(0o600)
        os.utime(target, ns=(entry.mtime_ns, entry.mtime_ns))
        count += 1
    if count != manifest.objects:
        raise BackupDamaged(f"{count} objects are listed, {manifest.objects} were stored")


def _take_place(home: Home, draft: Home) -> str | None:
    """Let the draft be the home; return where the old one went."""
    moved: Path | None = None
    if home.root.exists() and any(home.root.iterdir()):
        moved = home.root.with_name(f"{home.root.name}-replaced-{now():%Y%m%dT%H%M%S}")
        home.root.rename(moved)
    draft.root.rename(home.root)
    return None if moved is None else str(moved)
