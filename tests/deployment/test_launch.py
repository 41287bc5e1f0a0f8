"""Starting and stopping the supervisor as a process of its own, with a stand-in for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading

import pytest

from deployment import launch
from deployment.errors import DeploymentError, Exit, NotRunning, PortTaken, Unhealthy
from deployment.home import Home, lock, prepare, write_private
from deployment.supervise import main

READY = {"event": "ready", "result": {"url": "http://x", "services": {}}, "setup_url": None}


@pytest.fixture
def supervisor(monkeypatch):
    """Put a few lines of Python in the supervisor's place; `fd` is where events go."""

    def become(code: str) -> None:
        text = "import os, sys, json, time\nfd = int(sys.argv[1])\n" + textwrap.dedent(code)

        def command(_: launch.Request, descriptor: int) -> list[str]:
            return [sys.executable, "-c", text, str(descriptor)]

        monkeypatch.setattr(launch, "_command", command)

    return become


def start(home: Home) -> tuple[launch.Ready, list[dict]]:
    heard: list[dict] = []
    return launch.start(launch.Request(home=home), heard.append), heard


def test_events_are_heard_until_it_is_ready(home: Home, supervisor) -> None:
    note = {"event": "note", "text": "hello"}
    supervisor(f"""
        os.write(fd, json.dumps({note!r}).encode() + b"\\n")
        os.write(fd, b"not json\\n")
        os.write(fd, json.dumps({READY!r}).encode() + b"\\n")
        """)
    ready, heard = start(home)
    assert heard == [note, READY]
    assert ready.result["url"] == "http://x"
    assert ready.process.wait() == 0
    assert home.root.stat().st_mode & 0o077 == 0


def test_a_failure_is_raised_as_the_supervisor_raised_it(home: Home, supervisor) -> None:
    body = {"event": "failed", "error": PortTaken("it is taken", field="port").as_dict()}
    supervisor(f"os.write(fd, json.dumps({body!r}).encode() + b'\\n')")
    with pytest.raises(PortTaken, match="it is taken"):
        start(home)


def test_a_supervisor_that_ends_without_a_word_is_named_with_its_log(home, supervisor) -> None:
    supervisor("sys.stderr.write('what it said last\\n'); sys.exit(7)")
    with pytest.raises(Unhealthy, match="ended with code 7") as problem:
        start(home)
    assert str(home.log_file("supervisor")) in (problem.value.hint or "")
    assert "what it said last" in home.log_file("supervisor").read_text()


def test_the_supervisor_outlives_the_reader_of_its_events(home: Home, supervisor) -> None:
    supervisor(f"""
        os.write(fd, json.dumps({READY!r}).encode() + b"\\n")
        time.sleep(0.3)
        try:
            os.write(fd, b"nobody reads this\\n")
        except BrokenPipeError:
            sys.exit(42)
        """)
    ready, _ = start(home)
    assert ready.process.wait() == 42


def test_the_command_line_says_what_was_asked_for(home: Home) -> None:
    request = launch.Request(home=home, host="0.0.0.0", port=0, services=("a", "b"), tied=True)
    words = launch._command(request, 9)
    told = " ".join(words[4:])
    assert told == (
        f"--home {home.root} --events-fd 9 --host 0.0.0.0 --port 0 --services a,b "
        f"--die-with {os.getpid()}"
    )


def test_stopping_what_does_not_run_is_an_error(home: Home) -> None:
    with pytest.raises(NotRunning):
        launch.stop(home)
    with pytest.raises(NotRunning):
        launch.status(home)


def test_stopping_works_without_the_control_socket(home: Home) -> None:
    prepare(home, ())
    code = (
        "import sys, time; from pathlib import Path; from deployment.home import Home, lock\n"
        "with lock(Home(Path(sys.argv[1]))): print('locked', flush=True); time.sleep(60)"
    )
    words = [sys.executable, "-c", code, str(home.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "locked\n"
        write_private(home.run_file, json.dumps({"pid": holder.pid}))
        # Reaped at once, as the process that started it would.
        threading.Thread(target=holder.wait).start()
        launch.stop(home)
    assert holder.returncode == -15


def test_stopping_what_is_only_starting_says_so(home: Home) -> None:
    prepare(home, ())
    with lock(home), pytest.raises(DeploymentError, match="starting or stopping"):
        launch.stop(home)


def test_a_supervisor_reports_its_own_failure(home: Home, capfd) -> None:
    prepare(home, ())
    reading, writing = os.pipe()
    with lock(home):
        words = ["--home", str(home.root), "--port", "0", "--events-fd", str(writing)]
        assert main(words) == Exit.ALREADY_RUNNING
    os.close(writing)
    with os.fdopen(reading) as events:
        body = json.loads(events.readline())
    assert (body["event"], body["error"]["code"]) == ("failed", "ALREADY_RUNNING")
    assert "already runs" in capfd.readouterr().err
