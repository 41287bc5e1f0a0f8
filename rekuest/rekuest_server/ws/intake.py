"""The receiving side of an agent's connection: what to do with each frame."""

from __future__ import annotations

from chassis.logs import get_logger
from rekuest_server.adapters import statements
from rekuest_server.domain.agent_session import Arrival, JournalCursor
from rekuest_server.operations.agent import Registration
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.child import Asker
from rekuest_server.operations.entries import ReportEntry, SessionHandle
from rekuest_server.operations.probes import is_probe
from rekuest_server.wire import inbound
from rekuest_server.wire.close_codes import CloseCode
from rekuest_server.ws.link import Link
from rekuest_server.ws.requests import Requests

logger = get_logger(__name__)


class Intake:
    """Routes frames: reports to the writer in order, requests to their operations."""

    __slots__ = ("_asker", "_broker", "_journals", "_largest", "_link", "_requests")

    def __init__(
        self, broker: Broker, link: Link, asker: Asker, registration: Registration
    ) -> None:
        self._broker = broker
        self._link = link
        self._asker = asker
        self._largest = broker.config.agents.frame_bytes
        self._journals = {
            registration.session_id: (
                SessionHandle(
                    registration.session_row, registration.session_id, registration.last_pos
                ),
                JournalCursor(registration.last_pos, registration.gap_pos),
            )
        }
        self._requests: Requests | None = None

    def stop(self) -> None:
        """Take no further requests; those already written stay valid."""
        if self._requests is not None:
            self._requests.stop()

    async def take(self, text: str | bytes) -> None:
        """Handle one frame."""
        size = len(text)
        frame = inbound.parse(text)
        if size > self._largest and isinstance(frame, inbound.Journaled):
            frame = _too_large(frame, size)
        if isinstance(frame, inbound.Journaled | inbound.Poison):
            await self._report(frame, size)
        elif isinstance(frame, inbound.HeartbeatAnswer | inbound.Register):
            return
        else:
            if self._requests is None:
                self._requests = Requests(self._broker, self._asker)
            self._requests.put(frame)

    async def _report(self, frame: inbound.AnyJournaled | inbound.Poison, size: int) -> None:
        session = frame.session if isinstance(frame, inbound.Poison) else frame.journal_session
        entry = ReportEntry(link=self._link, frame=frame, size=size)
        if session is not None and frame.pos is not None:
            handle, cursor = await self._journal(session)
            entry.session, entry.pos = handle, frame.pos
            arrival = cursor.take(frame.pos)
            if arrival is Arrival.GAP:
                await self._force_resend(handle, cursor)
                return
            if arrival is Arrival.AHEAD:
                return
        elif isinstance(frame, inbound.Poison) and frame.type is None:
            logger.info(
                "ignored what is not a message", extra={"event": "frame.ignored", "size": size}
            )
            return
        elif isinstance(frame, inbound.TaskReport) and is_probe(frame.task):
            self._broker.probes.report(self._link, frame)
            return
        await self._link.room()
        self._broker.journal.put(entry)

    async def _journal(self, session_id: str) -> tuple[SessionHandle, JournalCursor]:
        known = self._journals.get(session_id)
        if known is None:
            position = await self._broker.store.session(self._link.agent_id, session_id)
            known = (
                SessionHandle(position.row_id, session_id, position.last_pos),
                JournalCursor(position.last_pos, position.gap_pos),
            )
            self._journals[session_id] = known
        return known

    async def _force_resend(self, handle: SessionHandle, cursor: JournalCursor) -> None:
        """The agent keeps what is missing, if anybody does: make it send everything again."""
        await self._broker.store.fetch(
            statements.NOTE_GAP, {"id": handle.row_id, "gap": cursor.gap_pos}
        )
        self._link.close(CloseCode.SERVER_RESTART, "frames are missing")


def _too_large(frame: inbound.Journaled, size: int) -> inbound.Poison:
    return inbound.Poison(
        reason=f"the frame has {size} bytes",
        text="",
        type=str(frame.__struct_config__.tag),
        pos=frame.pos,
        session=frame.journal_session,
        task=frame.task if isinstance(frame, inbound.TaskReport) else None,
    )
