"""The engine of the tests themselves: a start that fails, and what a killed run leaves behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import daemon
import pytest
import runs
from lacking import or_skipped

#: Has a child that does not name the folder, as a container does not.
_DAEMON = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "checkout"


@pytest.fixture
def shorts(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def left(cache: Path, shorts: Path) -> Iterator[tuple[runs.Run, subprocess.Popen[str], int]]:
    """A run whose test process was killed: folders, a daemon and its child."""
    run = runs.Run(cache / "runs" / "bauhof-engine-left", shorts / "bauhof-engine-left")
    run.large.mkdir(parents=True)
    (run.large / "owner").touch()
    run.short.mkdir()
    (run.short / "large").symlink_to(run.large)
    words = [sys.executable, "-c", _DAEMON, f"unix://{run.short}/docker.sock"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield run, process, int(process.stdout.readline())
        process.kill()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_leftovers_are_ended_with_all_below_them(cache: Path, shorts: Path, left) -> None:
    run, process, child = left
    assert is_alive(child)
    runs.clear_leftovers(cache, shorts)
    assert process.wait(60) == -9
    assert not is_alive(child)
    assert not run.large.exists()
    assert not run.short.exists()


def test_leftovers_of_another_checkout_are_found_by_their_short_folder(
    tmp_path: Path, shorts: Path, left
) -> None:
    run, process, _ = left
    runs.clear_leftovers(tmp_path / "elsewhere", shorts)
    assert process.wait(60) == -9
    assert not run.large.exists()


def test_a_run_that_lives_is_left_alone(cache: Path, shorts: Path, left) -> None:
    run, process, child = left
    with (run.large / "owner").open() as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        runs.clear_leftovers(cache, shorts)
        assert process.poll() is None
        assert is_alive(child)
        assert run.short.exists()


def test_a_folder_whose_name_only_begins_alike_is_another(left) -> None:
    run, process, _ = left
    assert runs.roots_of(run.short) == [process.pid]
    assert runs.roots_of(run.short.with_name("bauhof-engine-le")) == []


def test_a_run_is_gone_in_the_end(cache: Path, shorts: Path) -> None:
    with runs.new_run(cache, shorts) as run:
        (run.large / "images").write_text("x")
        runs.clear_leftovers(cache, shorts)
        assert (run.large / "images").exists(), "the run beside it took it for a leftover"
    assert list(shorts.iterdir()) == []
    assert list((cache / "runs").iterdir()) == []


def test_one_run_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "turn"
    with (
        runs.alone(60, lock),
        pytest.raises(TimeoutError, match="another run keeps"),
        runs.alone(0, lock),
    ):
        raise AssertionError("both hold it")
    with runs.alone(0, lock):
        pass


@pytest.mark.skipif(daemon.why_not() is not None, reason="no engine can be started here")
def test_a_start_that_fails_is_tried_once_more_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    log = tmp_path / "starts"
    broken = programs / "containerd"
    broken.write_text(f'#!/bin/sh\necho "$2" >> {log}\necho "no room for images"\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(daemon, "CACHE", tmp_path / "cache")
    with (
        contextlib.ExitStack() as ending,
        # Everything is there: a test that needs it must fail, not be skipped.
        pytest.raises(
            daemon.EngineFault, match="containerd does not start here: no room for images"
        ),
    ):
        daemon.started(ending)
    first, second = log.read_text().split()
    assert first != second, "the second start had folders of its own"
    assert not Path(first).parent.exists()
    assert not Path(second).parent.exists()
    assert "once more" in capsys.readouterr().err


def test_a_program_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "_STOP_SECONDS", 0.1)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    words = [sys.executable, "-c", f"{deaf}; time.sleep(600)"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        daemon._stop(process)
        assert process.returncode == -9


def test_an_address_where_nothing_answers(tmp_path: Path) -> None:
    assert not daemon.answers(f"unix://{tmp_path}/nothing.sock")


@pytest.mark.parametrize(
    ("powers", "enough"),
    [
        ("000001ffffffffff", True),
        ("00000000a80425fb", False),
        ("0000000000001000", False),
        ("0000000000200000", False),
        ("0000000000201000", True),
    ],
)
def test_root_in_a_container_is_not_root_enough(powers: str, enough: bool) -> None:
    assert daemon.may_all(f"Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t{powers}\n") is enough


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (daemon.NoEngine("starting one needs root"), pytest.skip.Exception),
        (daemon.EngineFault("dockerd does not start here"), daemon.EngineFault),
        (AssertionError("the registry does not start"), AssertionError),
    ],
)
def test_only_what_this_machine_lacks_skips_a_test(
    error: Exception, outcome: type[BaseException]
) -> None:
    with pytest.raises(outcome, match=str(error)), or_skipped():
        raise error
