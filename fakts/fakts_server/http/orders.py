"""The operator's orders over a unix socket: how the commands of `bauhof` are carried out.

One JSON object on one line each way. Only the system user of this process, and root, are served.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import DatabaseError, connections

from chassis.config import current
from chassis.logs import get_logger
from fakts_server.config import FaktsConfig
from fakts_server.operations.admin import admin_answer

logger = get_logger(__name__)

_ORDER_BYTES = 1024 * 1024
_ORDER_SECONDS = 30
_CREDENTIALS = struct.Struct("3i")


@contextlib.asynccontextmanager
async def orders_served() -> AsyncIterator[None]:
    """Serve orders while the service lives, if a socket is configured."""
    path = current(FaktsConfig).orders_socket
    if path is None:
        yield
        return
    # What a killed process left behind would be in the way.
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(_serve, sock=_private(path), limit=_ORDER_BYTES)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def _private(path: Path) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(str(path))
    # Nobody can connect before it listens, which is after this.
    path.chmod(0o600)
    return bound


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # What is unforeseen ends the connection, too: the one who asked must not wait for ever.
    with contextlib.closing(writer), contextlib.suppress(OSError, ValueError, TimeoutError):
        if _is_ours(_peer_uid(writer.get_extra_info("socket"))):
            line = await asyncio.wait_for(reader.readline(), _ORDER_SECONDS)
            answer = await _answer(line)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()


def _peer_uid(connection: socket.socket) -> int:
    """Return the user of the other side as the kernel noted it when it connected."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def _is_ours(uid: int) -> bool:
    return uid in (0, os.geteuid())


async def _answer(line: bytes) -> dict[str, Any]:
    # One thread and one database connection per order, given back at its end.
    async with ThreadSensitiveContext():
        return await sync_to_async(_carry_out)(line.decode(errors="replace"))


def _carry_out(text: str) -> dict[str, Any]:
    try:
        return admin_answer(text)
    except DatabaseError as error:
        logger.exception("an order failed", extra={"event": "order.failed"})
        return {"ok": False, "failure": f"{type(error).__name__}: {error}"}
    finally:
        connections.close_all()
