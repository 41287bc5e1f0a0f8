"""The side of the control socket that answers; see `control` for the side that asks."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from deployment.errors import DeploymentError

Operation = Callable[[dict[str, Any]], Awaitable[Any]]


class ControlServer:
    """Serves named operations on a socket that only its owner can open."""

    def __init__(self, path: Path, operations: Mapping[str, Operation]) -> None:
        self._path = path
        self._operations = operations
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen; a socket left over from a dead supervisor is replaced."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError):
            answer = await self._answer(await reader.readline())
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            operation = self._operations[request["op"]]
        except (ValueError, KeyError, TypeError):
            problem = DeploymentError("the supervisor does not know this request")
            return {"ok": False, "error": problem.as_dict()}
        try:
            return {"ok": True, "result": await operation(request)}
        except DeploymentError as error:
            return {"ok": False, "error": error.as_dict()}
