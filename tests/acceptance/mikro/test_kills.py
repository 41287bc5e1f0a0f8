"""A part is killed with -9 during a large write: it ends well or with an error, and is told twice.

`BAUHOF_KILL_BYTES` makes the file larger than the usual one.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from processes import eventually

BYTES = os.environ.get("BAUHOF_KILL_BYTES", "150000000")
PART_BYTES = 5 * 1024**2
#: Of more than one part.
SMALL = str(3 * PART_BYTES)
MARK = b"BHOBJ\x01\r\n"


def objects_of(lab) -> list[Path]:
    """The files of all objects in the front's folder that are not drafts or parts."""
    folder = lab.platform.deployed.home / "objects"
    return [
        path
        for path in folder.rglob("*~")
        if path.is_file() and ".front" not in path.relative_to(folder).parts
    ]


def under_way(lab) -> int:
    """The bytes of parts and drafts on the front's disk."""
    sizes = []
    for path in (lab.platform.deployed.home / "objects" / ".front").rglob("*"):
        # A part may become an object between being listed and being asked.
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_blocks * 512)
    return sum(sizes)


def told_of(program) -> bool:
    """Whether the write is over already, on a machine that is very fast."""
    return bool(program.seen(what="check", name="files"))


def write(lab, identity: str, size: str = BYTES):
    """A program that writes a large file, or one of another size, and reads it back."""
    key = lab.key_of("kills")
    return lab.start("imaging", identity, key=key, ONLY="files", BIG=size)


@pytest.mark.parametrize("part", ["objectstore", "mikro"])
def test_a_kill_during_a_large_write_leaves_nothing_half(lab, part):
    program = write(lab, f"killed-{part}")
    program.wait(what="writing", size=int(BYTES), timeout=120)
    eventually(lambda: under_way(lab) > PART_BYTES or told_of(program), "some of it is under way")
    lab.platform.kill(part)
    assert program.ended(timeout=280) is not None
    [told] = program.seen(what="check", name="files")
    assert told["ok"] or told["told"]["error"], told
    eventually(lab.platform.healthy, "everything is up again")
    # Whatever is under a name is whole: it ends with the mark that is written last.
    for path in objects_of(lab):
        with path.open("rb") as file:
            file.seek(-len(MARK), os.SEEK_END)
            assert file.read() == MARK, path
    again = write(lab, f"again-{part}", SMALL)
    assert again.ended(timeout=280) == 0, again.errors.read_text()[-2000:]
    [told] = again.seen(what="check", name="files")
    assert told["ok"], told
