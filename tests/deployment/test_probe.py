"""Asking a child how it is, over unix sockets and ports, well and ill."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deployment import probe
from deployment.probe import command_probe, http_probe


async def serve(path: Path, answer: bytes, *, silent: bool = False) -> asyncio.Server:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        seen.append(request)
        if silent:
            await reader.read()
        writer.write(answer)
        await writer.drain()
        writer.close()

    seen: list[bytes] = []
    server = await asyncio.start_unix_server(handle, str(path))
    server.seen = seen
    return server


@pytest.mark.parametrize(
    ("answer", "ok", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n{}", True, ""),
        (b"HTTP/1.1 503 No\r\n\r\n", False, "answers 503"),
        (b"HTTP/1.1 503 No\r\n\r\n[]", False, "answers 503"),
        (b'HTTP/1.1 503 No\r\n\r\n{"checks": {}}', False, "answers 503"),
        (
            b'HTTP/1.1 503 No\r\n\r\n{"checks": {"db": "It is away.", "keys": "ok"}}',
            False,
            "db: It is away.",
        ),
        (b"HTTP/1.1 500 Oh\r\n\r\n<html>", False, "answers 500"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", False, "answers no HTTP"),
        (b"", False, "answers no HTTP"),
    ],
)
async def test_answers_are_understood(folder: Path, answer: bytes, ok: bool, reason: str) -> None:
    path = folder / "s.sock"
    async with await serve(path, answer) as server:
        health = await http_probe(path="/x/ht", socket=path)()
        assert server.seen[0].startswith(b"GET /x/ht HTTP/1.0\r\nHost: 127.0.0.1\r\n")
    assert (health.ok, health.reason) == (ok, reason)


async def test_a_child_that_hangs_is_not_waited_for(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT_SECONDS", 0.2)
    path = folder / "s.sock"
    async with await serve(path, b"", silent=True):
        health = await http_probe(path="/", socket=path)()
        await asyncio.sleep(0.1)
    assert (health.ok, health.reason) == (False, "does not answer")


async def test_nobody_there(folder: Path) -> None:
    for one in (http_probe(path="/", socket=folder / "none"), http_probe(path="/", port=1)):
        health = await one()
        assert (health.ok, health.reason) == (False, "does not listen yet")


async def test_a_large_answer_is_read_whole(folder: Path) -> None:
    path = folder / "s.sock"
    body = b'{"checks": {"db": "' + b"x" * 400_000 + b'"}}'
    async with await serve(path, b"HTTP/1.1 503 No\r\n\r\n" + body):
        health = await http_probe(path="/", socket=path)()
    assert len(health.reason) > 400_000


@pytest.mark.parametrize(("program", "ok"), [("/bin/true", True), ("/bin/false", False)])
async def test_a_program_may_be_the_judge(program: str, ok: bool) -> None:
    health = await command_probe((program,), "says no")()
    assert (health.ok, health.reason) == (ok, "" if ok else "says no")
