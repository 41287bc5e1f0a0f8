"""An engine whose disk is full, or that is stopped at work: what it answers, word for word.

The words are those of Docker 20.10. No disk is filled: the machine has other work.
"""

from __future__ import annotations

import http.server
import json
import socketserver
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from samples import SMALL

from deployers.core.errors import DeployerError, EngineUnavailable, PullFailed, StartFailed
from deployers.core.model import Spec
from deployers.docker.engine import DockerEngine

FULL = "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"


class Full(http.server.BaseHTTPRequestHandler):
    """Answers as an engine without room does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.endswith("/version"):
            self._answer(200, {"ApiVersion": "1.41", "Version": "20.10.24"})
        else:
            self._answer(404, {"message": "No such image: r.example.org/a:1"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/images/create" in self.path:
            self._pull()
        else:
            self._answer(500, {"message": f"Error response: {FULL}"})

    def _pull(self) -> None:
        lines = [
            {"status": "Pulling from a", "id": "1"},
            {"status": "Downloading", "id": "c0", "progressDetail": {"current": 1, "total": 9}},
            {"errorDetail": {"message": FULL}, "error": FULL},
        ]
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if "stopped" in self.path:
            # It dies between two chunks.
            self.wfile.write(b"2\r\n{}")
            self.close_connection = True
            return
        for line in lines:
            text = json.dumps(line).encode() + b"\r\n"
            self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self) -> str:
        """A socket of this machine has no address."""
        return "here"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread a connection, all ended with the server."""

    daemon_threads = True
    block_on_close = False


@pytest.fixture
def host() -> Iterator[str]:
    """Where the full engine answers."""
    with tempfile.TemporaryDirectory(prefix="bauhof-full-") as folder:
        path = Path(folder) / "engine.sock"
        with Server(str(path), Full) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"unix://{path}"
            server.shutdown()
            thread.join()


@pytest.fixture
async def full(host: str) -> AsyncIterator[DockerEngine]:
    """The adapter on it."""
    adapter = DockerEngine({"DOCKER_HOST": host})
    yield adapter
    await adapter.close()


def quiet(*_: object) -> None:
    """A progress nobody listens to."""


SPEC = Spec(
    name="a", image="a", command=(), env={}, labels={}, limits=SMALL, network="n", stop_seconds=1
)


async def test_a_pull_without_room_says_so(full: DockerEngine) -> None:
    told: list[int] = []
    with pytest.raises(PullFailed, match="no space left on device"):
        await full.pull("r.example.org/a:1", lambda percentage, _: told.append(percentage))
    assert told
    assert max(told) < 100


async def test_an_engine_that_dies_in_a_pull_is_told_from_a_bad_image(full: DockerEngine) -> None:
    with pytest.raises(EngineUnavailable, match="does not answer"):
        await full.pull("r.example.org/stopped:1", quiet)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda engine: engine.create(SPEC), DeployerError),
        (lambda engine: engine.start("c1"), StartFailed),
    ],
    ids=["making a container", "starting one"],
)
async def test_a_container_without_room_says_so(
    full: DockerEngine, call: Callable[[DockerEngine], object], kind: type[DeployerError]
) -> None:
    with pytest.raises(kind, match="no space left on device"):
        await call(full)
