"""Throws old backups away, and the objects that only they held."""

from __future__ import annotations

from dataclasses import dataclass

from deployment.backup import contents
from deployment.backup.seal import Seal
from deployment.backup.vault import Vault, writing
from deployment.backup.verify import unpack


@dataclass(frozen=True)
class Pruned:
    """What went. Sizes in bytes."""

    removed: tuple[str, ...]
    kept: tuple[str, ...]
    objects: int
    freed: int


def prune(vault: Vault, seal: Seal, *, keep: int) -> Pruned:
    """Keep the newest backups and throw away the others.

    What every kept backup needs is read before anything goes; a kept one that cannot be opened
    stops it all.
    """
    vault.check_seal(seal)
    with writing(vault, seal):
        names = [one.name for one in vault.summaries()]
        gone, kept = names[:-keep], names[-keep:]
        needed = {seal.name_of(digest) for name in kept for digest in _digests(vault, name, seal)}
        freed = count = 0
        for name in gone:
            freed += vault.archive(name).stat().st_size
            vault.forget(name)
        for name in vault.names_of_objects():
            if name not in needed:
                path = vault.object(name)
                freed += path.stat().st_size
                path.unlink()
                count += 1
    return Pruned(tuple(gone), tuple(kept), count, freed)


def _digests(vault: Vault, name: str, seal: Seal) -> set[str]:
    with unpack(vault, name, seal) as folder:
        return {one.sha256 for one in contents.read_objects(folder / contents.OBJECTS)}
