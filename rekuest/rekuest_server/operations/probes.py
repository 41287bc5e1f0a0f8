"""The probes that are open in this process: calls without a row, which live in memory only."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from msgspec import Raw

from rekuest_server.adapters.batch import EventRow
from rekuest_server.domain.kinds import TERMINAL, EventKind
from rekuest_server.operations.frames import mirror_of_probe
from rekuest_server.operations.hub import AgentLink, Hub
from rekuest_server.operations.probe_post import Heard, Note, ProbePost
from rekuest_server.operations.report_event import event_of
from rekuest_server.wire import inbound, outbound

#: How the ids of probes begin; agents tell them from tasks by it.
PREFIX = "p-"
_TOO_LARGE = Raw(b'{"code":"VALUE_TOO_LARGE"}')
_NOBODY_DECIDES = "A probe cannot wait for a person."


@dataclass(frozen=True, slots=True)
class Far:
    """A side of a probe that is connected to another process."""

    process: str


@dataclass(slots=True)
class Probe:
    """A call that is under way between two agents; at least one of them is connected here."""

    id: str
    asker: AgentLink | Far
    worker: AgentLink | Far
    ends_at: float
    seq: int = 0


def is_probe(task: str | None) -> bool:
    """Tell whether an id names a probe."""
    return task is not None and task.startswith(PREFIX)


class Probes:
    """Passes reports of probes on and ends those nobody can answer or hear any more."""

    def __init__(self, value_bytes: int, hub: Hub, post: ProbePost) -> None:
        self._open: dict[str, Probe] = {}
        self._value_bytes = value_bytes
        self._hub = hub
        self.post = post

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
        is_last = event.k in TERMINAL
        self._mirror(probe, event, is_last=is_last)
        if is_last:
            del self._open[probe.id]

    def forget(self, link: AgentLink) -> None:
        """End what an agent that is gone asked for or ran."""
        for probe in [one for one in self._open.values() if link in (one.asker, one.worker)]:
            if probe.asker is link:
                del self._open[probe.id]
                self._cancel(probe)
            else:
                self._end(probe, EventKind.LOST, "The agent went away.")

    def forget_processes(self, living: Collection[str]) -> None:
        """End the probes whose other side was connected to a process that has ended."""
        for probe in list(self._open.values()):
            for side in (probe.asker, probe.worker):
                if isinstance(side, Far) and side.process not in living:
                    self._cancel(probe)
                    self._end(probe, EventKind.LOST, "The server of the other agent ended.")
                    break

    def end_overdue(self, now: float) -> None:
        """End probes past their time."""
        for probe in [one for one in self._open.values() if one.ends_at <= now]:
            self._cancel(probe)
            self._end(probe, EventKind.CRITICAL, "The probe took too long; start a task instead.")

    # what other processes tell

    def hear(self, note: Heard) -> None:
        """Carry out a note of another process."""
        if note.kind == "start":
            self._start(note)
            return
        probe = self._open.get(note.probe)
        if probe is None:
            return
        side = probe.worker if note.kind == "asker" else probe.asker
        if not isinstance(side, Far) or side.process != note.sender:
            return
        if note.is_last:
            del self._open[probe.id]
        if note.kind == "asker":
            probe.seq = note.seq
            self._to_asker(probe, note.frame, is_last=False)
        else:
            self.to_worker(probe, note.frame)

    def _start(self, note: Heard) -> None:
        worker = self._hub.link_of(note.agent)
        asker = Far(note.sender)
        ends_at = ends_after(note.seconds)
        if worker is None or worker.is_congested:
            gone = Probe(id=note.probe, asker=asker, worker=asker, ends_at=ends_at)
            self.add(gone)
            self._end(gone, EventKind.LOST, "The agent went away or is too busy.")
            return
        self.add(Probe(id=note.probe, asker=asker, worker=worker, ends_at=ends_at))
        worker.send(note.frame)

    # either side, wherever it is

    def to_worker(self, probe: Probe, frame: str, *, is_last: bool = False) -> None:
        """Send a frame to the agent that runs a probe."""
        if isinstance(probe.worker, Far):
            self._tell(probe, probe.worker, "worker", frame, is_last=is_last)
        else:
            probe.worker.send(frame)

    def _to_asker(self, probe: Probe, frame: str, *, is_last: bool) -> None:
        if isinstance(probe.asker, Far):
            self._tell(probe, probe.asker, "asker", frame, is_last=is_last)
        else:
            probe.asker.send(frame)

    def _tell(self, probe: Probe, side: Far, kind: str, frame: str, *, is_last: bool) -> None:
        seconds = max(1.0, probe.ends_at - time.monotonic())
        self.post.put(
            Note(side.process, probe.id, kind, frame, seconds, seq=probe.seq, is_last=is_last)
        )

    def _cancel(self, probe: Probe) -> None:
        self.to_worker(probe, outbound.encode(outbound.Cancel(task=probe.id)), is_last=True)

    def _end(self, probe: Probe, kind: EventKind, message: str, value: Raw | None = None) -> None:
        del self._open[probe.id]
        self._mirror(probe, EventRow(n=0, t=0, k=kind, m=message, v=value), is_last=True)

    def _mirror(self, probe: Probe, event: EventRow, *, is_last: bool) -> None:
        probe.seq += 1
        frame = mirror_of_probe(event, probe.id, probe.seq)
        if frame is not None:
            self._to_asker(probe, frame, is_last=is_last)


def ends_after(seconds: float) -> float:
    """Return when a probe that starts now is over."""
    return time.monotonic() + seconds
