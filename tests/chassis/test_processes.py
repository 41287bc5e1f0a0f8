"""One command for several services: children that end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from celery.signals import beat_init, worker_ready

from chassis import migrate, worker
from chassis.config import ConfigError
from chassis.processes import run_each

#: What the children of the tests do, by the name of their package.
PROGRAMS = {
    "well": "",
    "ill": "raise SystemExit(7)",
    "long": "import time; time.sleep(600)",
    "ready": "import pathlib, sys, time; pathlib.Path(sys.argv[2]).touch(); time.sleep(600)",
}


class Children:
    """Starts stand-ins for the processes of services and remembers them."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []
        self.words: list[list[str]] = []

    def start(self, words: list[str]) -> subprocess.Popen[bytes]:
        self.words.append(words)
        child = subprocess.Popen([sys.executable, "-c", PROGRAMS[words[4]], *words[5:]])
        self.started.append(child)
        return child


def test_all_end_well_together() -> None:
    children = Children()
    assert run_each("m", ["well", "well"], ["--x"], start=children.start) == 0
    assert [words[1:] for words in children.words] == [["-P", "-m", "m", "well", "--x"]] * 2


def test_one_that_fails_ends_the_others() -> None:
    children = Children()
    assert run_each("m", ["long", "ill"], start=children.start) == 7
    assert [child.returncode for child in children.started] == [-signal.SIGTERM, 7]


def test_who_is_asked_to_end_ends_its_children_and_that_is_no_fault(tmp_path: Path) -> None:
    children, alive = Children(), tmp_path / "alive"

    def ask_when_it_lives() -> None:
        while not alive.exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    asking = threading.Thread(target=ask_when_it_lives)
    asking.start()
    assert run_each("m", ["ready", "ready"], alive=alive, start=children.start) == 0
    asking.join()
    assert {child.returncode for child in children.started} == {-signal.SIGTERM}
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_is_told_alive_before_all_do_their_work(tmp_path: Path) -> None:
    """What an earlier run left behind says nothing about this one."""
    alive = tmp_path / "alive"
    (tmp_path / "alive-ill").touch()
    assert run_each("m", ["ready", "ill"], alive=alive, start=Children().start) == 7
    assert not alive.exists()


def test_a_worker_and_its_timer_say_when_they_are_ready(tmp_path: Path) -> None:
    for moment in (worker_ready, beat_init):
        file = tmp_path / "ready"
        worker.say_when_ready(file)
        moment.send(sender=None)
        assert file.exists()
        file.unlink()


def test_several_packages_are_run_in_processes_of_their_own(monkeypatch, tmp_path) -> None:
    asked = []
    for module in (migrate, worker):
        monkeypatch.setattr(module, "run_each", lambda *a, **k: asked.append((*a, k)) or 3)
    assert migrate.main(["a_server", "b_server"]) == 3
    assert worker.main(["a_server", "b_server", "--beat", "--alive", str(tmp_path)]) == 3
    assert asked == [
        ("chassis.migrate", ["a_server", "b_server"], {}),
        ("chassis.worker", ["a_server", "b_server"], ["--beat"], {"alive": tmp_path}),
    ]


def test_migrate_wants_a_package(capsys) -> None:
    assert migrate.main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_words_of_a_worker_and_of_its_timer(tmp_path: Path) -> None:
    working = worker.command(beat=False, state=tmp_path / "notes")
    assert working[:3] == ["worker", "--pool", "solo"]
    assert {"--without-gossip", "--without-mingle", "--without-heartbeat"} <= {*working}
    telling = worker.command(beat=True, state=tmp_path / "notes")
    assert telling[0] == "beat" and str(tmp_path / "notes") in telling


def test_a_worker_without_a_broker_names_the_key(monkeypatch, capsys) -> None:
    def refuse(package: str, **_: object) -> int:
        raise ConfigError(f"{package}.jobs.broker_url", "is required by a worker")

    monkeypatch.setattr(worker, "_work", refuse)
    assert worker.main(["paint"]) == 78
    assert "paint.jobs.broker_url: is required" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["chassis.migrate", "chassis.worker"])
def test_a_wrong_key_ends_the_program_with_the_code_that_forbids_another_try(
    module: str, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("fakts: {colour: red}\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, "fakts_server"],
        env={**os.environ, "BAUHOF_CONFIG": str(config)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 78, done.stderr
    assert "fakts.colour" in done.stderr
