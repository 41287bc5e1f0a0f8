"""A websocket client that talks to an ASGI application in the same process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any

_PATIENCE_SECONDS = 10.0


class SocketClosed(Exception):
    """The application closed the websocket."""

    def __init__(self, code: int, reason: str = "") -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"closed with {code} {reason}".strip())


class WebSocketSession:
    """Use as `async with WebSocketSession(app, "/rekuest/agi") as socket:`."""

    def __init__(
        self,
        application: Any,
        path: str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        self._application = application
        self._scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "ws",
            "headers": [(b"host", b"localhost"), *headers],
            "subprotocols": list(subprotocols),
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        #: The subprotocol the application chose.
        self.subprotocol: str | None = None

    async def __aenter__(self) -> WebSocketSession:
        self._task = asyncio.create_task(
            self._application(self._scope, self._to_app.get, self._from_app.put)
        )
        await self._to_app.put({"type": "websocket.connect"})
        try:
            message = await self._next()
            if message["type"] != "websocket.accept":
                raise SocketClosed(message.get("code", 1006), message.get("reason") or "")
        except BaseException:
            self._task.cancel()
            raise
        self.subprotocol = message.get("subprotocol")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, message: object) -> None:
        """Send an object as JSON text."""
        await self.send_text(json.dumps(message))

    async def send_text(self, text: str) -> None:
        """Send text as it is."""
        await self._to_app.put({"type": "websocket.receive", "text": text})

    async def receive(self) -> Any:
        """Return the next message as an object; raise `SocketClosed` at the end."""
        message = await self._next()
        if message["type"] == "websocket.close":
            raise SocketClosed(message.get("code", 1000), message.get("reason") or "")
        text = message.get("text")
        return json.loads(text if text is not None else message["bytes"])

    async def silent(self, seconds: float = 0.05) -> bool:
        """Tell whether nothing came within the time."""
        try:
            message = await asyncio.wait_for(self._from_app.get(), seconds)
        except TimeoutError:
            return True
        # Put back at the front, in the order it came.
        self._from_app._queue.appendleft(message)  # type: ignore[attr-defined]
        return False

    async def abort(self, code: int = 1006) -> None:
        """End the connection as a broken network would, without waiting for the application."""
        await self._to_app.put({"type": "websocket.disconnect", "code": code})

    async def close(self, code: int = 1000) -> None:
        """Close and wait until the application has let go."""
        assert self._task is not None
        await self._to_app.put({"type": "websocket.disconnect", "code": code})
        try:
            await asyncio.wait_for(self._task, _PATIENCE_SECONDS)
        except asyncio.CancelledError:
            if not self._task.cancelled():
                raise

    async def _next(self) -> dict[str, Any]:
        assert self._task is not None
        getter = asyncio.ensure_future(self._from_app.get())
        await asyncio.wait(
            {getter, self._task},
            timeout=_PATIENCE_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if getter.done():
            return getter.result()
        getter.cancel()
        if not self._task.done():
            raise TimeoutError(f"nothing was sent within {_PATIENCE_SECONDS:g} s")
        self._task.result()  # an error of the application is the test's error
        raise SocketClosed(1006, "the application ended")
