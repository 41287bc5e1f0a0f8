"""What an agent asks for over its connection: child calls, controls, revisions, probes."""

from __future__ import annotations

import asyncio

from chassis.logs import get_logger
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.child import Asker, child_assign, child_control, child_revision
from rekuest_server.operations.probe import probe_answer, probe_start
from rekuest_server.operations.probes import is_probe
from rekuest_server.wire import inbound

logger = get_logger(__name__)

#: Child calls of one connection that are carried out at the same time.
_CALLS_AT_ONCE = 256


class Requests:
    """Serves the requests of one connection in order; made when the first one comes."""

    def __init__(self, broker: Broker, asker: Asker) -> None:
        self._broker = broker
        self._asker = asker
        self._waiting: asyncio.Queue[inbound.AnyFromAgent] = asyncio.Queue()
        self._worker = asyncio.create_task(self._serve_all())
        self._calls: set[asyncio.Task[None]] = set()
        self._free_calls = asyncio.Semaphore(_CALLS_AT_ONCE)

    def put(self, frame: inbound.AnyFromAgent) -> None:
        """Serve a request after those before it."""
        self._waiting.put_nowait(frame)

    def stop(self) -> None:
        """Serve nothing further; what is written stays valid."""
        self._worker.cancel()
        for call in self._calls:
            call.cancel()

    async def _serve_all(self) -> None:
        while True:
            frame = await self._waiting.get()
            if isinstance(frame, inbound.AssignRequest):
                # Calls of one workflow do not wait for each other's commit: they share one.
                await self._free_calls.acquire()
                call = asyncio.create_task(self._serve(frame))
                self._calls.add(call)
                call.add_done_callback(self._call_ended)
            else:
                await self._serve(frame)

    def _call_ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self._free_calls.release()

    async def _serve(self, frame: inbound.AnyFromAgent) -> None:
        try:
            await self._request(frame)
        except Exception:  # the edge of a connection: one bad request must not end it
            logger.exception("a request failed", extra={"event": "request.failed"})

    async def _request(self, frame: inbound.AnyFromAgent) -> None:
        match frame:
            case inbound.AssignRequest():
                await child_assign(broker=self._broker, asker=self._asker, frame=frame)
            case inbound.ControlRequest() if is_probe(frame.task):
                probe_answer(broker=self._broker, link=self._asker.link, frame=frame)
            case inbound.ControlRequest():
                await child_control(broker=self._broker, asker=self._asker, frame=frame)
            case inbound.StateRevisionRequest():
                await child_revision(broker=self._broker, asker=self._asker, frame=frame)
            case inbound.ProbeRequest():
                await probe_start(broker=self._broker, asker=self._asker, frame=frame)
