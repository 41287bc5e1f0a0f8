"""The system user the database runs as when the platform itself runs as root.

PostgreSQL refuses to run as root. The user owns the data folder and nothing else. Where a folder
above it (often `/root`) is closed to that user, the process keeps one capability to pass through,
rather than that folder being opened to everyone.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "pgserver"
#: Taken where no user can be made.
SPARE_ACCOUNT = "nobody"

_READ_SEARCH = 2  # CAP_DAC_READ_SEARCH
_OVERRIDE = 1  # CAP_DAC_OVERRIDE


@dataclass(frozen=True)
class Account:
    """Who the database runs as."""

    uid: int
    gid: int
    capabilities: tuple[int, ...] = ()


def database_account(*, program: Path, data_dir: Path) -> Account | None:
    """Return the account to change to, or None when this process is not root."""
    if os.geteuid() != 0:
        return None
    entry = _entry()
    return Account(
        uid=entry.pw_uid,
        gid=entry.pw_gid,
        capabilities=capabilities_for(program=program, parents=data_dir.parents),
    )


def capabilities_for(*, program: Path, parents: Iterable[Path]) -> tuple[int, ...]:
    """Return the capabilities a stranger needs to run `program` and to reach below `parents`."""
    if not _open_to_all(program, stat.S_IROTH | stat.S_IXOTH):
        return (_OVERRIDE,)
    folders = [*program.parents, *parents]
    if all(_open_to_all(folder, stat.S_IXOTH) for folder in folders if folder.exists()):
        return ()
    # Containers often withhold the narrower one.
    return (_READ_SEARCH, _OVERRIDE)


def _open_to_all(path: Path, bits: int) -> bool:
    return path.stat().st_mode & bits == bits


def _entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is not None:
        command = [useradd, "--system", "--no-create-home", "--shell", "/bin/false", ACCOUNT]
        subprocess.run(command, check=False, capture_output=True)
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return pwd.getpwnam(SPARE_ACCOUNT)
