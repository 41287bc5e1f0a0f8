"""What keeps a backup closed: the age format, with one key per installation.

A backup is written with the public half, so that no passphrase lies in a schedule; it opens only
with the recovery key. Files can be opened without Bauhof too, by any program that knows age.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyrage

from chassis.secretfile import ensure_secret, read_secret
from deployment.backup.faults import BackupDamaged, RecoveryKeyWrong
from deployment.home import Home

KEY_FILE = "backup-key"


@dataclass(frozen=True)
class Seal:
    """The recovery key of one installation."""

    text: str

    @property
    def _identity(self) -> pyrage.x25519.Identity:
        try:
            return pyrage.x25519.Identity.from_str(self.text.strip())
        except pyrage.IdentityError:
            raise RecoveryKeyWrong(
                "this is no recovery key", hint="It begins with AGE-SECRET-KEY-1."
            ) from None

    def checked(self) -> Seal:
        """Return this key; raise `RecoveryKeyWrong` if it is none."""
        _ = self._identity
        return self

    @property
    def public(self) -> str:
        """The half that only closes; it may be known to anybody."""
        return str(self._identity.to_public())

    def name_of(self, digest: str) -> str:
        """Return the name under which content with this SHA-256 is kept.

        Keyed, so that nobody can tell from the names whether a known file is among them.
        """
        key = hashlib.sha256(self.text.strip().encode()).digest()
        return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()

    def close(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Write what `source` holds to `target` so that only the recovery key opens it."""
        pyrage.encrypt_io(source, target, [self._identity.to_public()])

    def open(self, source: IO[bytes], target: IO[bytes], *, what: str) -> None:
        """Write the content of a sealed file to `target`; raise `BackupDamaged` if it is not whole.

        What was written before damage was found must be thrown away.
        """
        try:
            pyrage.decrypt_io(source, target, [self._identity])
        # The library raises OSError for a torn stream, but for a disk that is full as well.
        except pyrage.DecryptError as error:
            raise BackupDamaged(f"{what} cannot be opened: {error}") from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise BackupDamaged(f"{what} is damaged: {error}") from error


def own_seal(home: Home) -> Seal:
    """Return the recovery key of an installation; it is made at the first backup, mode 0600."""
    return Seal(ensure_secret(home.secrets_dir / KEY_FILE, _new_key))


def seal_from(file: Path) -> Seal:
    """Return the recovery key that somebody kept in a file."""
    try:
        text = read_secret(file)
    except (OSError, UnicodeDecodeError) as error:
        raise RecoveryKeyWrong(f"cannot read {file}: {error}", field="key-file") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return Seal("".join(lines)).checked()


def _new_key() -> str:
    return str(pyrage.x25519.Identity.generate())
