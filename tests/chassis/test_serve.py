"""The service as a process of its own, under both ASGI servers, over a unix socket."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import websockets
from django.conf import settings

HERE = Path(__file__).parent


def _environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HERE), **changes}


def _start(socket: Path, *options: str, **changes: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "chassis.serve", "sample_server", "--uds", str(socket)]
    return subprocess.Popen(
        [*command, *options],
        env=_environment(**changes),
        stderr=subprocess.PIPE,
        text=True,
    )


async def _get(socket: Path, path: str, **options) -> httpx.Response:
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path, **options)


async def _until_ready(process: subprocess.Popen[str], socket: Path) -> None:
    async with asyncio.timeout(40):
        while True:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            try:
                await _get(socket, "/sample/ht")
                return
            except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
                await asyncio.sleep(0.1)


@pytest.fixture
def databases(db) -> dict[str, str]:
    """Point a child process at the test's database."""
    return {"SAMPLE__DATABASE__NAME": str(settings.DATABASES["default"]["NAME"])}


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
async def test_both_servers_serve_http_and_both_kinds_of_socket(tmp_path, mint, databases, server):
    socket = tmp_path / "s"
    process = _start(socket, "--migrate", "--server", server, **databases)
    try:
        await _until_ready(process, socket)
        assert (await _get(socket, "/sample/ht")).status_code == 200
        async with websockets.unix_connect(str(socket), "ws://localhost/sample/echo") as echo:
            await echo.send('{"a": 1}')
            assert json.loads(await echo.recv()) == {"a": 1}
        async with websockets.unix_connect(
            str(socket), "ws://localhost/sample/graphql", subprotocols=["graphql-ws"]
        ) as feed:
            token = mint.member().token
            await feed.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
            assert json.loads(await feed.recv())["type"] == "connection_ack"
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Exception in ASGI" not in errors


async def test_large_frame_of_an_agent_is_taken(tmp_path, databases):
    socket = tmp_path / "s"
    process = _start(socket, **databases)
    try:
        await _until_ready(process, socket)
        text = "x" * (3 * 1024 * 1024)
        async with websockets.unix_connect(
            str(socket), "ws://localhost/sample/echo", max_size=None
        ) as echo:
            await echo.send(text)
            assert await echo.recv() == text
    finally:
        process.terminate()
        process.communicate(timeout=120)


async def test_client_address_is_taken_from_the_gateway(tmp_path, databases):
    socket = tmp_path / "s"
    process = _start(socket, **databases)
    try:
        await _until_ready(process, socket)
        answer = await _get(
            socket,
            "/sample/whence",
            headers={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
        )
        assert answer.json() == {"address": "192.0.2.7", "secure": True}
    finally:
        process.terminate()
        process.communicate(timeout=120)


@pytest.mark.parametrize(
    ("changes", "options", "code", "says"),
    [
        ({"SAMPLE__LOGS__LEVEL": "LOUD"}, [], 78, "sample.logs.level"),
        ({"SAMPLE__NONSENSE": "1"}, [], 78, "sample.nonsense"),
        ({"BAUHOF_CONFIG": "/nowhere.yaml"}, [], 78, "cannot read"),
        ({"SAMPLE__DATABASE__PASSWORD_FILE": "/nowhere"}, [], 78, "password_file"),
        ({"SAMPLE__DATABASE__HOST": "/nowhere"}, ["--migrate"], 1, "database"),
    ],
)
def test_wrong_configuration_ends_with_one_clear_line(tmp_path, changes, options, code, says):
    process = _start(tmp_path / "s", *options, **changes)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == code
    assert says in errors
    assert "Traceback" not in errors


def test_manage_without_a_command_says_how(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "chassis.manage"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_manage_prints_the_schema():
    done = subprocess.run(
        [sys.executable, "-m", "chassis.manage", "sample_server", "print_schema"],
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "type Mutation {" in done.stdout.splitlines()


def test_two_migrations_at_once_take_turns(tmp_path, databases):
    command = [sys.executable, "-m", "chassis.manage", "sample_server", "migrate_locked"]
    marks = tmp_path / "marks"
    environment = _environment(**databases, SAMPLE__GREETING=str(marks))
    running = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    # Each run writes "in" and "out"; under the lock the pairs never interleave.
    assert marks.read_text().split() == ["in", "out", "in", "out"]
