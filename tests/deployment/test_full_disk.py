"""A disk that is really full, where this user may mount one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deployment.errors import Exit

BAUHOF = Path(sys.executable).with_name("bauhof")


@pytest.fixture
def tiny_disk(folder: Path):
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("detach", [[], ["--detach"]])
def test_up_on_a_full_disk_is_one_clear_line(tiny_disk: Path, detach: list[str]) -> None:
    with (tiny_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
        while True:
            filler.write(b"x" * 4096)
    done = subprocess.run(
        [BAUHOF, "up", "--home", tiny_disk / "home", *detach], capture_output=True, text=True
    )
    assert done.returncode == Exit.HOME_UNUSABLE
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("detach", [[], ["--detach"]])
def test_up_on_a_read_only_disk_is_one_clear_line(tiny_disk: Path, detach: list[str]) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    done = subprocess.run(
        [BAUHOF, "up", "--home", tiny_disk / "home", *detach], capture_output=True, text=True
    )
    assert done.returncode == Exit.HOME_UNUSABLE
    assert len(done.stderr.splitlines()) == 1
    assert "read-only" in done.stderr.lower()
