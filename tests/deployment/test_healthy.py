"""The script by which an engine asks a container, run as the engine runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deployment import healthy


class Answers(BaseHTTPRequestHandler):
    """Answers 200 on /well, 503 elsewhere."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/well" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


def ask(*words: str) -> int:
    script = [sys.executable, "-I", "-S", healthy.__file__]
    return subprocess.run([*script, *words], capture_output=True, timeout=120).returncode


def test_a_server_is_well_when_it_answers_200(port: int) -> None:
    assert ask("http", str(port), "/well") == 0
    assert ask("http", str(port), "/ill") == 1


def test_nobody_there_is_not_well() -> None:
    assert not healthy.answers(1, "/well")


def test_a_file_is_well_while_it_is_touched(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    assert ask("file", str(file), "60") == 1
    file.touch()
    assert ask("file", str(file), "60") == 0
    os.utime(file, (time.time() - 61,) * 2)
    assert not healthy.is_touched(str(file), 60)


@pytest.mark.parametrize("words", [[], ["http"], ["what", "is", "this"]])
def test_other_words_are_told_how(words: list[str], capsys) -> None:
    assert healthy.main(words) == 2
    assert "usage" in capsys.readouterr().err
