"""What fakts answers to an administration command, and what may come instead."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deployment import administration
from deployment.administration import run_operation
from deployment.errors import CommandRefused, DeploymentError, NotRunning
from deployment.home import Home, lock, prepare

#: Stands for the management command: it notes what it was given and answers what it was told.
COMMAND = """
import pathlib, sys
pathlib.Path({heard!r}).write_text(sys.stdin.read())
print("a line of a library that talks")
sys.stderr.write("something on stderr\\n")
print({answer!r})
"""


@pytest.fixture
def answering(home: Home, monkeypatch, tmp_path: Path):
    prepare(home, ())
    heard = tmp_path / "heard"

    def answer(text: str) -> Path:
        code = COMMAND.format(heard=str(heard), answer=text)
        monkeypatch.setattr(administration, "_command", lambda: [sys.executable, "-c", code])
        return heard

    with lock(home):
        yield answer


def test_the_request_goes_by_standard_input_and_the_result_comes_back(home, answering) -> None:
    heard = answering('{"ok": true, "result": {"id": "1"}}')
    assert run_operation(home, "org.create", slug="lab", name=None) == {"id": "1"}
    assert json.loads(heard.read_text()) == {"op": "org.create", "slug": "lab"}


def test_a_refusal_is_raised_with_its_code_and_field(home, answering) -> None:
    answering('{"ok": false, "error": {"code": "CONFLICT", "message": "taken", "field": "slug"}}')
    with pytest.raises(CommandRefused) as refusal:
        run_operation(home, "org.create", slug="lab")
    assert refusal.value.as_dict() == {"code": "CONFLICT", "message": "taken", "field": "slug"}


@pytest.mark.parametrize(
    ("field", "command"), [("organization", "org list"), ("username", "user list")]
)
def test_what_is_not_known_comes_with_the_command_that_lists(
    home, answering, field: str, command: str
) -> None:
    error = {"code": "NOT_FOUND", "message": "There is none.", "field": field}
    answering(json.dumps({"ok": False, "error": error}))
    with pytest.raises(CommandRefused) as refusal:
        run_operation(home, "key.create", organization="lab")
    assert f"bauhof {command}" in str(refusal.value.hint)


@pytest.mark.parametrize("text", ["", "not json", '{"ok": false}'])
def test_other_answers_are_an_error_and_no_traceback(home, answering, text: str) -> None:
    answering(text)
    with pytest.raises(DeploymentError) as problem:
        run_operation(home, "org.list")
    assert "Traceback" not in problem.value.message


def test_the_last_line_of_a_failed_command_is_told(home, monkeypatch) -> None:
    prepare(home, ())
    code = "raise RuntimeError('the database is away')"
    monkeypatch.setattr(administration, "_command", lambda: [sys.executable, "-c", code])
    with lock(home), pytest.raises(DeploymentError, match="RuntimeError: the database is away"):
        run_operation(home, "org.list")


def test_a_command_that_hangs_is_given_up(home, monkeypatch) -> None:
    prepare(home, ())
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(administration, "_command", lambda: words)
    monkeypatch.setattr(administration, "_TIMEOUT_SECONDS", 0.3)
    with lock(home), pytest.raises(DeploymentError, match="in time"):
        run_operation(home, "org.list")


def test_without_a_platform_nothing_is_run(home: Home) -> None:
    with pytest.raises(NotRunning):
        run_operation(home, "org.list")


@pytest.fixture
def running(home: Home, monkeypatch) -> Iterator[Callable[[bytes], list[bytes]]]:
    """A fakts that listens; call it with what it answers before it hangs up."""
    prepare(home, ())
    # The command is the other way; whoever takes it here fails.
    monkeypatch.setattr(administration, "_command", lambda: ["/bin/false"])
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(home.orders_socket))
    heard: list[bytes] = []
    threads: list[threading.Thread] = []

    def serve(answer: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.makefile("rb").readline())
            connection.sendall(answer)

    def answering(answer: bytes) -> list[bytes]:
        listener.listen()
        threads.append(threading.Thread(target=serve, args=[answer], daemon=True))
        threads[-1].start()
        return heard

    with lock(home), listener:
        yield answering
        for thread in threads:
            thread.join(60)
    home.orders_socket.unlink()


def test_a_running_fakts_is_asked_on_its_socket(home, running) -> None:
    heard = running(b'{"ok": true, "result": {"id": "1"}}\n')
    assert run_operation(home, "org.create", slug="lab", name=None) == {"id": "1"}
    assert [json.loads(line) for line in heard] == [{"op": "org.create", "slug": "lab"}]


def test_a_refusal_on_the_socket_is_the_same_error(home, running) -> None:
    running(b'{"ok": false, "error": {"code": "CONFLICT", "message": "taken", "field": "slug"}}\n')
    with pytest.raises(CommandRefused) as refusal:
        run_operation(home, "org.create", slug="lab")
    assert refusal.value.as_dict() == {"code": "CONFLICT", "message": "taken", "field": "slug"}


def test_a_failure_inside_of_fakts_is_told(home, running) -> None:
    running(b'{"ok": false, "failure": "OperationalError: the database is away"}\n')
    with pytest.raises(DeploymentError, match="carry the command out: OperationalError: the data"):
        run_operation(home, "org.list")


@pytest.mark.parametrize("answer", [b"", b'{"ok": tr'])
def test_an_order_whose_answer_is_lost_is_not_sent_again(home, running, answer: bytes) -> None:
    heard = running(answer)
    with pytest.raises(DeploymentError, match="broke off before it answered"):
        run_operation(home, "org.create", slug="lab")
    assert len(heard) == 1


def test_a_socket_nobody_listens_on_leaves_the_command(home, answering) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_over:
        left_over.bind(str(home.orders_socket))
    heard = answering('{"ok": true, "result": {"id": "2"}}')
    assert run_operation(home, "org.create", slug="lab") == {"id": "2"}
    assert heard.exists()
