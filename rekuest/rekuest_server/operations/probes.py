"""The probes that are open in this process: calls without a row, which live in memory only."""

from __future__ import annotations

import time
from dataclasses import dataclass

from msgspec import Raw

from rekuest_server.adapters.batch import EventRow
from rekuest_server.domain.kinds import TERMINAL, EventKind
from rekuest_server.operations.frames import mirror_of_probe
from rekuest_server.operations.hub import AgentLink
from rekuest_server.operations.report_event import event_of
from rekuest_server.wire import inbound, outbound

#: How the ids of probes begin; agents tell them from tasks by it.
PREFIX = "p-"
_TOO_LARGE = Raw(b'{"code":"VALUE_TOO_LARGE"}')
_NOBODY_DECIDES = "A probe cannot wait for a person."


@dataclass(slots=True)
class Probe:
    """A call that is under way between two agents of this process."""

    id: str
    asker: AgentLink
    worker: AgentLink
    ends_at: float
    seq: int = 0


def is_probe(task: str | None) -> bool:
    """Tell whether an id names a probe."""
    return task is not None and task.startswith(PREFIX)


class Probes:
    """Passes reports of probes on and ends those nobody can answer or hear any more."""

    def __init__(self, value_bytes: int) -> None:
        self._open: dict[str, Probe] = {}
        self._value_bytes = value_bytes

    def add(self, probe: Probe) -> None:
        """Keep a probe until its end."""
        self._open[probe.id] = probe

    def asked_by(self, link: AgentLink, probe_id: str) -> Probe | None:
        """Return a probe if it is open and this agent asked for it."""
        probe = self._open.get(probe_id)
        return probe if probe is not None and probe.asker is link else None

    def count_of(self, link: AgentLink) -> int:
        """Return how many open probes an agent asked for."""
        return sum(probe.asker is link for probe in self._open.values())

    def report(self, link: AgentLink, frame: inbound.TaskReport) -> None:
        """Pass a report on; one of a probe that is over, or of another agent's, is nothing."""
        probe = self._open.get(frame.task)
        if probe is None or probe.worker is not link:
            return
        event = event_of(frame)
        if event.r is not None and len(event.r) > self._value_bytes:
            self._cancel(probe)
            self._end(probe, EventKind.FAILED, "The returned values are too large.", _TOO_LARGE)
            return
        if event.k == EventKind.HELD:
            refusal = outbound.Decide(task=probe.id, approved=False, answer=_NOBODY_DECIDES)
            link.send(outbound.encode(refusal))
        self._mirror(probe, event)
        if event.k in TERMINAL:
            del self._open[probe.id]

    def forget(self, link: AgentLink) -> None:
        """End what an agent that is gone asked for or ran."""
        for probe in [one for one in self._open.values() if link in (one.asker, one.worker)]:
            if probe.asker is link:
                del self._open[probe.id]
                self._cancel(probe)
            else:
                self._end(probe, EventKind.LOST, "The agent went away.")

    def end_overdue(self, now: float) -> None:
        """End probes past their time."""
        for probe in [one for one in self._open.values() if one.ends_at <= now]:
            self._cancel(probe)
            self._end(probe, EventKind.CRITICAL, "The probe took too long; start a task instead.")

    def _cancel(self, probe: Probe) -> None:
        probe.worker.send(outbound.encode(outbound.Cancel(task=probe.id)))

    def _end(self, probe: Probe, kind: EventKind, message: str, value: Raw | None = None) -> None:
        del self._open[probe.id]
        self._mirror(probe, EventRow(n=0, t=0, k=kind, m=message, v=value))

    def _mirror(self, probe: Probe, event: EventRow) -> None:
        probe.seq += 1
        frame = mirror_of_probe(event, probe.id, probe.seq)
        if frame is not None:
            probe.asker.send(frame)


def ends_after(seconds: float) -> float:
    """Return when a probe that starts now is over."""
    return time.monotonic() + seconds
