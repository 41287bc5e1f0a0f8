"""Asks a child whether it is ready; nothing but asyncio, so that asking costs nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 4.0
_MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class Health:
    """An answer to the question."""

    ok: bool
    reason: str = ""


Probe = Callable[[], Awaitable[Health]]


def http_probe(
    *, path: str, socket: Path | None = None, host: str = "127.0.0.1", port: int = 0
) -> Probe:
    """Return a probe that GETs `path` from a unix socket, or from a port."""

    async def ask() -> Health:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status, body = await _get(path, socket, (host, port))
        except TimeoutError:
            return Health(ok=False, reason="does not answer")
        except OSError:
            return Health(ok=False, reason="does not listen yet")
        except ValueError:
            return Health(ok=False, reason="answers no HTTP")
        return Health(ok=status == 200, reason="" if status == 200 else _reason(status, body))

    return ask


def command_probe(words: tuple[str, ...], reason: str) -> Probe:
    """Return a probe that runs a program and looks at its exit code."""

    async def ask() -> Health:
        process = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        ok = await process.wait() == 0
        return Health(ok=ok, reason="" if ok else reason)

    return ask


async def _get(path: str, socket: Path | None, address: tuple[str, int]) -> tuple[int, bytes]:
    if socket is not None:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    else:
        reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(
            f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n".encode()
        )
        await writer.drain()
        answer = await reader.read(_MOST_BYTES)
        while chunk := await reader.read(_MOST_BYTES):
            answer += chunk
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    protocol, _, rest = head.partition(b" ")
    if not protocol.startswith(b"HTTP/"):
        raise ValueError(protocol)
    return int(rest[:3]), body


def _reason(status: int, body: bytes) -> str:
    """Say why in the service's own words where it gives them."""
    try:
        answer: Any = json.loads(body)
        bad = {name: text for name, text in answer["checks"].items() if text != "ok"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"answers {status}"
    return "; ".join(f"{name}: {text}" for name, text in bad.items()) or f"answers {status}"
