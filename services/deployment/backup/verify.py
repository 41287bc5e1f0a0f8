"""Opens backups: to look whether they are whole, and for those who need what is inside."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployment.backup import contents
from deployment.backup.contents import Manifest, ObjectEntry
from deployment.backup.faults import BackupDamaged
from deployment.backup.seal import Seal
from deployment.backup.vault import Vault
from deployment.config import Settings
from deployment.home import Home
from deployment.postgres import serving

#: Told what happens: what is at hand, and how much of how much is done.
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Verified:
    """What was found whole; databases with the number of their rows after a trial restore."""

    name: str
    databases: dict[str, int]
    files: int
    objects: int
    object_bytes: int


@contextmanager
def unpack(vault: Vault, name: str, seal: Seal) -> Iterator[Path]:
    """Yield a private folder with what an archive holds; it is gone afterwards."""
    source = vault.archive(name)
    with tempfile.TemporaryDirectory(prefix="bauhof-archive-") as text:
        folder = Path(text)
        plain = folder / "archive.tar"
        try:
            with source.open("rb") as sealed, plain.open("wb") as file:
                seal.open(sealed, file, what=f"the archive {name}")
            with tarfile.open(plain) as archive:
                _lay_out(archive, folder)
        except FileNotFoundError:
            raise BackupDamaged(f"the archive {source} is missing") from None
        except tarfile.TarError as error:
            raise BackupDamaged(f"the archive {name} is damaged: {error}") from error
        plain.unlink()
        yield folder


def _lay_out(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files of an archive, and nothing but files: early Pythons 3.11 know no filters."""
    for entry in archive:
        content = archive.extractfile(entry) if entry.isreg() else None
        if content is None:
            raise BackupDamaged(f"the archive holds {entry.name!r}, which is no file")
        target = contents.inside(folder, entry.name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file)
        target.chmod(0o600)


def open_object(vault: Vault, entry: ObjectEntry, seal: Seal, target: Path) -> None:
    """Write the content of an object to a file and hold it to its checksum."""
    source = vault.object(seal.name_of(entry.sha256))
    try:
        with source.open("rb") as sealed, target.open("wb") as file:
            seal.open(sealed, file, what=f"the object {entry.path}")
    except FileNotFoundError:
        raise BackupDamaged(f"the object {entry.path} is missing ({source})") from None
    if contents.digest_of(target) != entry.sha256:
        raise BackupDamaged(f"the object {entry.path} is not what was stored")


def check_archive(folder: Path) -> Manifest:
    """Hold an unpacked archive to its manifest."""
    manifest = contents.read_manifest(folder / contents.MANIFEST)
    wanted = {f"{contents.DATABASES}/{name}.dump": d for name, d in manifest.databases.items()}
    wanted |= {f"{contents.FILES}/{below}": d for below, d in manifest.files.items()}
    for below, digest in wanted.items():
        path = contents.inside(folder, below)
        if not path.is_file():
            raise BackupDamaged(f"{below} is missing in the archive")
        if contents.digest_of(path) != digest:
            raise BackupDamaged(f"{below} is not what was stored")
    return manifest


async def verify(vault: Vault, name: str, seal: Seal, settings: Settings, told: Told) -> Verified:
    """Open all of a backup, restore its databases on trial, and hold every object to its checksum.

    Raises:
        BackupDamaged: with the first part that is missing or changed.
        RecoveryKeyWrong, VaultForeign: the key does not open these backups.
    """
    vault.check_seal(seal)
    with unpack(vault, name, seal) as folder:
        manifest = check_archive(folder)
        trial = folder / "object"
        count = size = 0
        for entry in contents.read_objects(folder / contents.OBJECTS):
            told("objects", count, manifest.objects)
            open_object(vault, entry, seal, trial)
            count, size = count + 1, size + entry.size
        if (count, size) != (manifest.objects, manifest.object_bytes):
            raise BackupDamaged(f"{count} objects are listed, {manifest.objects} were stored")
        rows = await _try_restore(folder, manifest, settings, told)
        return Verified(name, rows, len(manifest.files), count, size)


async def _try_restore(
    folder: Path, manifest: Manifest, settings: Settings, told: Told
) -> dict[str, int]:
    """Restore the databases in a place of their own; return the rows of each."""
    home = Home(Path(tempfile.mkdtemp(prefix="bauhof-trial-")))
    try:
        async with serving(home, settings.postgres) as cluster:
            rows = {}
            for number, service in enumerate(manifest.databases):
                told(f"database {service}", number, len(manifest.databases))
                await cluster.load(service, folder / contents.DATABASES / f"{service}.dump")
                counts = await cluster.psql(_COUNT, database=service)
                rows[service] = sum(int(line) for line in counts.split())
            return rows
    finally:
        shutil.rmtree(home.root, ignore_errors=True)
        shutil.rmtree(home.run_dir, ignore_errors=True)


#: One line with a number for each table; partitions count, what they are parts of does not.
_COUNT = r"""
SELECT format('SELECT count(*) FROM %I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') \gexec
"""
