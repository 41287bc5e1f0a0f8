"""The sending side of an agent's connection: order, bounds, heartbeat.

A connection that is idle has no task, only a timer: a task lives from the first frame that waits to
the last one that is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from chassis.sockets import Write
from chassis.waiting import Gate
from rekuest_server.operations.agent import Registration
from rekuest_server.operations.broker import Broker
from rekuest_server.wire import outbound
from rekuest_server.wire.close_codes import CloseCode

Send = Callable[[Any], Awaitable[None]]

_HEARTBEAT = outbound.encode(outbound.Heartbeat())
#: So much is sent at once; what waits behind it still counts as waiting.
_WRITE_BYTES = 64 * 1024
_FAREWELL_SECONDS = 5.0


class Link:
    """A registered agent's socket; see `operations.hub.AgentLink`."""

    __slots__ = (
        "_acks",
        "_ahead",
        "_asked_after",
        "_bytes",
        "_close",
        "_config",
        "_cut",
        "_end",
        "_heard_at",
        "_is_broken",
        "_is_open",
        "_loop",
        "_room",
        "_send",
        "_sender",
        "_timer",
        "_unwritten",
        "_waiting",
        "_write",
        "agent_id",
        "awaiting",
        "epoch",
        "is_closed",
        "is_gone",
        "session_id",
        "session_row",
        "takes_state_requires",
    )

    def __init__(
        self,
        broker: Broker,
        registration: Registration,
        send: Send,
        write: Write,
        *,
        features: Sequence[str],
        cut: Callable[[], None] | None = None,
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
        self._cut = cut
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._asked_after = -1.0
        self._is_open = False
        self._waiting: list[str] = []
        self._bytes = 0
        self._acks: dict[str, int] = {}
        #: So many frames of those that wait came with INIT, and go before any acknowledgement.
        self._ahead = 0
        self._close: tuple[int, str] | None = None
        self._is_broken = False
        self._sender: asyncio.Task[None] | None = None
        #: Until the end was told: the next look for signs of life. Then: the patience left.
        self._timer: asyncio.TimerHandle | None = None
        self._unwritten = 0
        self._room = Gate()

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
        self._waiting.append(frame)
        self._wake()

    def acknowledge(self, session_id: str, pos: int) -> None:
        """Acknowledge a journal; several acknowledgements that wait become one."""
        self._acks[session_id] = max(pos, self._acks.get(session_id, 0))
        self._wake()

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
            self._look_again(_FAREWELL_SECONDS, self._lose_patience)
            self._wake()

    # what the socket uses

    def open(self, init: str) -> None:
        """Send INIT and let go what was held back."""
        self._waiting.insert(0, init)
        self._bytes += len(init)
        self._ahead = len(self._waiting)
        self._is_open = True
        self._heard_at = self._loop.time()
        if not self.is_closed:
            self._look_again(self._config.heartbeat_seconds, self._look)
        self._wake()

    def heard(self) -> None:
        """Note a sign of life; every frame is one."""
        self._heard_at = self._loop.time()

    async def room(self) -> None:
        """Count a frame that goes to the writer; wait while too many are on their way."""
        self._unwritten += 1
        if self._unwritten >= self._config.unacknowledged_frames:
            self._room.clear()
            await self._room.wait()

    async def finish(self) -> None:
        """Let a farewell go out if there is one, then stop sending."""
        self.is_closed = True
        self._room.set()
        sender = self._sender
        if sender is not None:
            if self._close is not None and not self.is_gone:
                # Not wait_for: on Python 3.11 it may swallow a cancellation.
                await asyncio.wait([sender], timeout=_FAREWELL_SECONDS)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        self._is_broken = True
        if self._timer is not None:
            self._timer.cancel()

    # signs of life

    def _look_again(self, seconds: float, look: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, look)

    def _look(self) -> None:
        """Ask for a sign of life if there was none for long, and close if there was no answer."""
        config = self._config
        silence = self._loop.time() - self._heard_at
        if silence >= config.silence_seconds:
            self.close(CloseCode.HEARTBEAT_MISSED, "no sign of life")
            return
        # Once for each silence: what was heard last tells one from the next.
        if silence >= config.heartbeat_seconds and self._heard_at != self._asked_after:
            self._asked_after = self._heard_at
            self.send(_HEARTBEAT)
        step = config.heartbeat_seconds - silence
        if step <= 0:
            # An answer is seen no later than at the next heartbeat.
            step = max(min(config.silence_seconds - silence, config.heartbeat_seconds), 0.01)
        self._look_again(step, self._look)

    def _lose_patience(self) -> None:
        """Cut a connection that does not take the farewell: its reader would wait for ever."""
        self._timer = None
        if self._cut is not None:
            self._cut()

    # the sender

    def _wake(self) -> None:
        if self._sender is None and not self._is_broken and (self._is_open or self._close):
            self._sender = self._loop.create_task(self._send_all())

    async def _send_all(self) -> None:
        """Send what waits; at last the end, if it was told."""
        try:
            while self._is_open and (self._waiting or self._acks):
                await self._write(self._next_batch())
            if self._close is not None:
                code, reason = self._close
                self._is_broken = True
                await self._send({"type": "websocket.close", "code": code, "reason": reason[:100]})
        except (OSError, RuntimeError):
            # The other side is gone; whoever reads from it learns that too.
            self._is_broken = True
        finally:
            self._sender = None

    def _next_batch(self) -> list[bytes]:
        batch: list[bytes] = []
        if self._acks and not self._ahead:
            acks, self._acks = self._acks, {}
            for session_id, pos in acks.items():
                ack = outbound.JournalAck(journal_session=session_id, pos=pos)
                batch.append(outbound.encode(ack).encode())
        taken = count = 0
        for text in self._waiting:
            if taken >= _WRITE_BYTES:
                break
            taken += len(text)
            count += 1
            batch.append(text.encode())
        del self._waiting[:count]
        self._ahead = max(self._ahead - count, 0)
        self._bytes -= taken
        return batch
