"""The sending side of an agent's connection: order, bounds, heartbeat."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from chassis.sockets import Write
from rekuest_server.operations.agent import Registration
from rekuest_server.operations.broker import Broker
from rekuest_server.wire import outbound
from rekuest_server.wire.close_codes import CloseCode

Send = Callable[[Any], Awaitable[None]]

_HEARTBEAT = outbound.encode(outbound.Heartbeat()).encode()
#: So much is sent at once; what waits behind it still counts as waiting.
_WRITE_BYTES = 64 * 1024
_FAREWELL_SECONDS = 5.0


class Link:
    """A registered agent's socket; see `operations.hub.AgentLink`."""

    def __init__(
        self,
        broker: Broker,
        registration: Registration,
        send: Send,
        write: Write,
        *,
        features: Sequence[str],
    ) -> None:
        self.agent_id = registration.agent_id
        self.session_id = registration.session_id
        self.session_row: int | None = registration.session_row
        self.epoch = registration.epoch
        self.takes_state_requires = "state_requires" in features
        self.awaiting: dict[int, float] = {}
        self.is_closed = False
        #: The other side is gone: nothing more can be sent.
        self.is_gone = False
        self._config = broker.config.agents
        self._send = send
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._is_open = False
        self._held: deque[str] = deque()
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._acks: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._close: tuple[int, str] | None = None
        self._unwritten = 0
        self._room = asyncio.Event()
        self._room.set()

    # what operations use

    @property
    def is_congested(self) -> bool:
        """Whether so much waits for the agent that it should get no further work."""
        return self._bytes > self._config.outbox_bytes

    def send(self, frame: str) -> None:
        """Queue a frame; before INIT it is held back."""
        if self.is_closed:
            return
        self._bytes += len(frame)
        (self._waiting if self._is_open else self._held).append(frame)
        self._wake.set()

    def acknowledge(self, session_id: str, pos: int) -> None:
        """Acknowledge a journal; several acknowledgements that wait become one."""
        self._acks[session_id] = max(pos, self._acks.get(session_id, 0))
        self._wake.set()

    def written(self, frames: int) -> None:
        """Note that frames of this connection were written."""
        self._unwritten -= frames
        if self._unwritten < self._config.unacknowledged_frames:
            self._room.set()

    def close(self, code: int, reason: str) -> None:
        """End the connection after what is being sent."""
        if self._close is None:
            self._close = (int(code), reason)
            self.is_closed = True
            self._wake.set()

    # what the socket uses

    def open(self, init: str) -> None:
        """Send INIT and let go what was held back."""
        self._waiting.append(init)
        self._waiting.extend(self._held)
        self._held.clear()
        self._is_open = True
        self._heard_at = self._loop.time()
        self._wake.set()

    def heard(self) -> None:
        """Note a sign of life; every frame is one."""
        self._heard_at = self._loop.time()

    async def room(self) -> None:
        """Count a frame that goes to the writer; wait while too many are on their way."""
        self._unwritten += 1
        if self._unwritten >= self._config.unacknowledged_frames:
            self._room.clear()
            await self._room.wait()

    async def run_sender(self) -> None:
        """Send what waits, ask for signs of life, and close when told to."""
        asked_after = -1.0
        while True:
            await self._send_waiting()
            if self._close is not None:
                code, reason = self._close
                await self._send({"type": "websocket.close", "code": code, "reason": reason[:100]})
                return
            silence = self._loop.time() - self._heard_at
            if self._is_open and silence >= self._config.silence_seconds:
                self.close(CloseCode.HEARTBEAT_MISSED, "no sign of life")
                continue
            # Once for each silence: what was heard last tells one from the next.
            is_due = silence >= self._config.heartbeat_seconds and self._heard_at != asked_after
            if self._is_open and is_due:
                asked_after = self._heard_at
                await self._write([_HEARTBEAT])
            await self._pause(silence)

    async def _pause(self, silence: float) -> None:
        config = self._config
        step = config.heartbeat_seconds - silence
        if step <= 0:
            # An answer does not wake the sender; it is seen no later than at the next heartbeat.
            step = max(min(config.silence_seconds - silence, config.heartbeat_seconds), 0.01)
        # Not wait_for: on Python 3.11 it swallows a cancellation that comes with the wake-up.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(step):
                await self._wake.wait()
        self._wake.clear()

    async def _send_waiting(self) -> None:
        while self._waiting or (self._acks and self._is_open):
            batch: list[bytes] = []
            if self._acks and self._is_open:
                acks, self._acks = self._acks, {}
                for session_id, pos in acks.items():
                    ack = outbound.JournalAck(journal_session=session_id, pos=pos)
                    batch.append(outbound.encode(ack).encode())
            taken = 0
            while self._waiting and taken < _WRITE_BYTES:
                text = self._waiting.popleft()
                taken += len(text)
                batch.append(text.encode())
            self._bytes -= taken
            await self._write(batch)

    async def finish(self, sender: asyncio.Task[None]) -> None:
        """Let a farewell go out if there is one, then stop sending."""
        self.is_closed = True
        self._room.set()
        self._wake.set()
        if self._close is not None and not self.is_gone:
            with contextlib.suppress(TimeoutError, OSError, RuntimeError):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await asyncio.shield(sender)
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
