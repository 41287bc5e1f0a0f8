"""A small HTTP client for loads: it must cost less than the server it measures."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Where:
    """A server: a unix socket, or an origin."""

    socket: Path | None = None
    origin: str = "http://127.0.0.1:8000"

    @property
    def host(self) -> str:
        """The value of the Host header."""
        return urlsplit(self.origin).netloc


class Connection:
    """One kept-alive connection; use as an async context manager."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Connection:
        if self._where.socket is not None:
            streams = await asyncio.open_unix_connection(str(self._where.socket))
        else:
            parts = urlsplit(self._where.origin)
            streams = await asyncio.open_connection(parts.hostname, parts.port)
        self._reader, self._writer = streams
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close()

    async def post(
        self,
        path: str,
        body: bytes,
        content_type: str,
        token: str | None = None,
        *,
        method: str = "POST",
    ) -> tuple[int, bytes]:
        """Send a body, by POST if nothing else is said; return status and body of the answer."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._where.host}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
            + (f"Authorization: Bearer {token}\r\n" if token else "")
            + "\r\n"
        )
        self._writer.write(head.encode() + body)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        status = int(lines[0].split(b" ", 2)[1])
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if b": " in line)
        if headers.get(b"transfer-encoding") == b"chunked":
            return status, await self._chunks()
        return status, await self._reader.readexactly(int(headers.get(b"content-length", b"0")))

    async def form(self, path: str, **fields: str) -> dict[str, Any]:
        """POST a form and return the JSON answer of a success."""
        status, body = await self.post(path, urlencode(fields).encode(), FORM)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}: {body[:500].decode(errors='replace')}")
        return json.loads(body)

    async def graphql(self, path: str, token: str, document: str, **variables: Any) -> Any:
        """Run an operation and return its data."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        status, answer = await self.post(path, body, JSON, token)
        parsed = json.loads(answer)
        if status != 200 or parsed.get("errors"):
            raise RuntimeError(f"{path} answered {status}: {answer[:500].decode(errors='replace')}")
        return parsed["data"]

    async def _chunks(self) -> bytes:
        whole = b""
        while size := int(await self._reader.readline(), 16):
            whole += await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return whole
