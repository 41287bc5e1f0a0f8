"""What lies in a backup, opened by its recovery key; and a backup one bit of which was flipped."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from deployment.backup import contents
from deployment.backup.seal import Seal
from deployment.backup.vault import Vault
from deployment.backup.verify import unpack
from deployment.tools import postgres_program


@dataclass(frozen=True)
class Kept:
    """The content of one backup."""

    #: Every row, sorted, by its database and table; what the sequences stand at, too.
    rows: dict[str, list[str]]
    #: The digest of every object by its path.
    objects: dict[str, str]


def kept_in(vault: Path, name: str, recovery: Path) -> Kept:
    """Open a backup."""
    seal = Seal(recovery.read_text().strip())
    with unpack(Vault(vault), name, seal) as folder:
        rows: dict[str, list[str]] = {}
        for dump in sorted((folder / contents.DATABASES).glob("*.dump")):
            rows |= _rows_of(dump)
        listed = contents.read_objects(folder / contents.OBJECTS)
        return Kept(rows, {one.path: one.sha256 for one in listed})


def _rows_of(dump: Path) -> dict[str, list[str]]:
    command = [str(postgres_program("pg_restore")), "--data-only", "--file=-", str(dump)]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    rows: dict[str, list[str]] = defaultdict(list)
    table = ""
    for line in text.splitlines():
        if line.startswith("COPY "):
            table = f"{dump.stem}: {line}"
        elif line == "\\.":
            table = ""
        elif table:
            rows[table].append(line)
        elif "setval" in line:
            rows[f"{dump.stem}: sequences"].append(line)
    return {table: sorted(found) for table, found in rows.items()}


def damaged_copy(vault: Path, copy: Path) -> Path:
    """Copy the backups and flip one bit of the largest file."""
    shutil.copytree(vault, copy)
    largest = max(copy.rglob("*.age"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    return copy
