"""One engine for several suites: found by its users, started anew by one alone, gone in the end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keeper
import pytest
from keeper import Keeper, joined

#: Keeps a folder as `daemon.py --share` keeps an engine: the pid file changes with each start.
_PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from keeper import keep
short = Path({short!r})
def start(): (short / "docker.pid").write_text(str(int((short / "docker.pid").read_text()) + 1))
def told(): print("export DOCKER_HOST=unix:///x A=b", flush=True)
keep(short, start, told)
(short / "ended").touch()
"""


@pytest.fixture
def short(tmp_path: Path) -> Path:
    (tmp_path / "docker.pid").write_text("1")
    return tmp_path


@pytest.fixture
def program(short: Path, tmp_path: Path) -> Path:
    text = _PROGRAM.format(here=str(Path(keeper.__file__).parent), short=str(short))
    program = tmp_path / "program.py"
    program.write_text(text)
    return program


@pytest.fixture
def kept(program: Path) -> Iterator[Keeper]:
    kept = Keeper(program)
    yield kept
    kept.end()


def test_users_are_told_where_it_is(kept: Keeper) -> None:
    assert kept.variables() == {"DOCKER_HOST": "unix:///x", "A": "b"}
    assert kept.variables() == {"DOCKER_HOST": "unix:///x", "A": "b"}


def test_one_that_cannot_be_started_has_no_variables(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import sys; sys.exit('no engine')")
    kept = Keeper(program)
    assert kept.variables() == {}
    kept.end()


def test_it_is_started_anew_for_a_user(kept: Keeper, short: Path) -> None:
    kept.variables()
    with joined(short, lambda: True) as restart:
        restart()
        assert (short / "docker.pid").read_text() == "2"
        restart()
        assert (short / "docker.pid").read_text() == "3"


def test_it_is_not_started_anew_below_another_user(
    kept: Keeper, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.variables()
    with joined(short, lambda: True) as restart:
        with joined(short, lambda: True):
            monkeypatch.setattr(keeper, "_TURN_SECONDS", 0.0)
            with pytest.raises(TimeoutError, match="used by others"):
                restart()
            assert (short / "docker.pid").read_text() == "1"
            monkeypatch.setattr(keeper, "_TURN_SECONDS", 120.0)
            waiting = threading.Thread(target=restart)
            waiting.start()
        waiting.join(120)
        assert (short / "docker.pid").read_text() == "2"


def test_an_engine_that_does_not_come_back_is_told(
    kept: Keeper, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.variables()
    monkeypatch.setattr(keeper, "_RESTART_SECONDS", 0.0)
    with (
        joined(short, lambda: False) as restart,
        pytest.raises(TimeoutError, match="does not come back"),
    ):
        restart()


def test_it_is_stopped_in_order(program: Path, short: Path) -> None:
    kept = Keeper(program)
    kept.variables()
    kept.end()
    assert (short / "ended").exists()


def test_it_ends_when_its_run_was_killed(program: Path, short: Path) -> None:
    words = [sys.executable, str(program)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as kept:
        assert kept.stdin is not None and kept.stdout is not None
        kept.stdout.readline()
        # The system closes what a killed process held.
        kept.stdin.close()
        assert kept.wait(120) == 0
    assert (short / "ended").exists()
