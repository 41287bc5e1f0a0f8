"""An installation without services: a real database server, two databases, objects, keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deployment.backup.create import create
from deployment.backup.restore import Restored, restore
from deployment.backup.seal import own_seal
from deployment.backup.vault import Summary, Vault
from deployment.backup.verify import Verified, verify
from deployment.config import Settings
from deployment.home import Home, prepare, write_private
from deployment.postgres import serving

DATABASES = ("fakts", "mikro")
SETTINGS = Settings()


def silent(_what: str, _done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Kept:
    """A vault with one backup."""

    vault: Vault
    name: str


class Lab:
    """What a test does with an installation."""

    def __init__(self, home: Home) -> None:
        self.home = home

    async def found(self) -> None:
        """Make it: a table with three rows in each database, three objects, a signing key."""
        prepare(self.home, DATABASES)
        async with serving(self.home, SETTINGS.postgres) as cluster:
            await cluster.provision(DATABASES)
            for name in DATABASES:
                await cluster.psql(
                    f"SET ROLE {name}; CREATE TABLE note (id serial PRIMARY KEY, body text NOT NULL"
                    f"); INSERT INTO note (body) VALUES ('{name}'), ('zwei'), ('o''hara');",
                    database=name,
                )
        (self.home.root / "ready").touch()
        write_private(self.home.state_dir("fakts") / "signing.pem", "a signing key")
        self.put("mikro-zarr/org/one/c/0", b"0" * 100_000)
        self.put("mikro-zarr/org/one/c/1", b"1" * 100_000)
        self.put("mikro-media/org/picture", b"picture")
        self.put(".front/drafts/7", b"half of something")

    def put(self, below: str, content: bytes) -> Path:
        """Store an object as the front does: whole, by a rename."""
        path = self.home.objects_dir / below
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(".draft")
        draft.write_bytes(content)
        return draft.replace(path)

    def objects(self) -> dict[str, str]:
        """Path -> digest of everything that counts as an object."""
        return {
            path.relative_to(self.home.objects_dir).as_posix(): digest(path)
            for path in self.home.objects_dir.rglob("*")
            if path.is_file() and ".front" not in path.parts
        }

    def keys(self) -> dict[str, bytes]:
        """Path -> content of the secrets, keys and settings."""
        folders = (self.home.secrets_dir, self.home.root / "state")
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        files += [self.home.root / "home.json", self.home.config_file]
        return {
            path.relative_to(self.home.root).as_posix(): path.read_bytes()
            for path in files
            if path.name != "pgpass"
        }

    async def rows(self, database: str) -> str:
        """What the database holds."""
        async with serving(self.home, SETTINGS.postgres) as cluster:
            return await cluster.psql("SELECT id, body FROM note ORDER BY id;", database=database)

    async def back_up(self, vault: Vault) -> Summary:
        """Make a backup."""
        return await create(self.home, SETTINGS, DATABASES, vault, silent)

    async def verify(self, vault: Vault, name: str) -> Verified:
        """Verify one with the key of this installation."""
        return await verify(vault, name, own_seal(self.home), SETTINGS, silent)

    async def restore(
        self, vault: Vault, name: str, *, to: Home | None = None, force: bool = False
    ) -> Restored:
        """Restore one with the key of this installation, here or elsewhere."""
        seal = own_seal(self.home)
        return await restore(to or self.home, vault, name, seal, SETTINGS, silent, force=force)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Every file of a folder, in order."""
    yield from sorted(path for path in folder.rglob("*") if path.is_file())
