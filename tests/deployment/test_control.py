"""The control socket."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from deployment.control import ask
from deployment.control_server import ControlServer
from deployment.errors import DeploymentError, NotRunning, PortTaken


async def echo(request: dict) -> dict:
    return {"heard": request["word"]}


async def refuse(_: dict) -> None:
    raise PortTaken("it is taken", hint="choose another", field="port")


@pytest.fixture
async def path(folder: Path):
    path = folder / "control.sock"
    path.write_text("left over by a supervisor that was killed")
    server = ControlServer(path, {"echo": echo, "refuse": refuse})
    await server.start()
    yield path
    await server.close()


async def call(path: Path, op: str, **arguments):
    return await asyncio.to_thread(ask, path, op, **arguments)


async def test_an_operation_answers(path: Path) -> None:
    assert await call(path, "echo", word="hello") == {"heard": "hello"}


async def test_only_the_owner_may_open_the_socket(path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0


async def test_an_error_arrives_as_it_was_raised(path: Path) -> None:
    with pytest.raises(PortTaken) as problem:
        await call(path, "refuse")
    assert problem.value.as_dict() == {
        "code": "PORT_TAKEN",
        "message": "it is taken",
        "hint": "choose another",
        "field": "port",
    }


async def test_an_unknown_operation_is_refused(path: Path) -> None:
    with pytest.raises(DeploymentError, match="does not know"):
        await call(path, "format-the-disk")


@pytest.mark.parametrize("line", [b"not json\n", b"[]\n", b"{}\n", b"\xff\n", b""])
async def test_nonsense_does_not_end_the_server(path: Path, line: bytes) -> None:
    def send() -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(line)

    await asyncio.to_thread(send)
    assert await call(path, "echo", word="still here") == {"heard": "still here"}


def test_nobody_there_is_not_running(folder: Path) -> None:
    with pytest.raises(NotRunning):
        ask(folder / "none.sock", "status")
