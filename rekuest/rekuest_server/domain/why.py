"""Why a task is where it is: its blockers in order, each with the cheapest way out. No I/O.

The first blocker is the one to remove first. What is known comes as `Facts`; whoever reads the rows
fills them in, so each sentence can be tried by changing one fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rekuest_server.domain.kinds import EventKind

K = EventKind

_UNCONFIRMED = {
    K.CANCELLING: ("CANCEL_UNCONFIRMED", "to end", "Interrupt it"),
    K.INTERRUPTING: ("INTERRUPT_UNCONFIRMED", "to stop at once", "Kick the agent"),
    K.PAUSING: ("PAUSE_UNCONFIRMED", "to pause; it does at its next pause point", "Cancel it"),
    K.RESUMING: ("RESUME_UNCONFIRMED", "to go on", "Bounce the agent"),
}
_REPEAT = {
    "NONE": "It changes nothing outside, so running it again is safe: assign it again.",
    "REPEATABLE": "It may be repeated: assign it again.",
    "UNKNOWN": "Nobody said what a second run would do: ask its author, then assign it again.",
    "IRREVERSIBLE": "It cannot be undone: look at the real thing before anybody runs it again.",
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason, and what to do about it. `agent` and `task` are ids of rows to look at."""

    code: str
    message: str
    way_out: str
    since: datetime | None = None
    agent: int | None = None
    task: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a task, its agent and what stands around it."""

    kind: EventKind
    picked_up: bool
    now: datetime
    since: datetime
    user: str = ""
    message: str | None = None
    value: dict[str, Any] = field(default_factory=dict)
    prompt: str | None = None
    not_before: datetime | None = None
    effects: str = "UNKNOWN"
    progress: int | None = None
    is_retired: bool = False
    agent: int | None = None
    agent_name: str = ""
    agent_connected: bool = True
    agent_blocked: bool = False
    agent_blocked_reason: str | None = None
    agent_draining: bool = False
    agent_seen_at: datetime | None = None
    lost_at: datetime | None = None
    #: Agents that offer the same action and could take it now.
    others: int = 0
    ahead: int = 0
    delivered_attempts: int = 0
    #: (lock, task that holds it)
    locks: tuple[tuple[str, int | None], ...] = ()
    #: Requirements on states that are not met, in words.
    unmet_states: tuple[str, ...] = ()
    #: Open children: (task, latest kind).
    children: tuple[tuple[int, EventKind], ...] = ()
    heard_at: datetime | None = None


def explain(facts: Facts) -> list[Blocker]:
    """Return the blockers of a task; a task that runs unhindered has none."""
    if facts.kind in _ENDS:
        return [_ENDS[facts.kind](facts)]
    if facts.kind is K.COMPLETED:
        return []
    return list(_running(facts) if facts.picked_up else _waiting(facts))


def summary(facts: Facts, blockers: list[Blocker]) -> str:
    """Return one sentence about where the task is."""
    if blockers:
        return blockers[0].message
    if facts.kind is K.COMPLETED:
        return "It ended well."
    if facts.picked_up:
        progress = "" if facts.progress is None else f" ({facts.progress} %)"
        return f"It runs on {facts.agent_name}{progress}."
    return f"It is about to be picked up by {facts.agent_name}."


def _waiting(facts: Facts) -> Iterator[Blocker]:
    if facts.kind is K.HELD:
        yield _decision(facts)
        return
    if facts.not_before is not None and facts.not_before > facts.now:
        yield Blocker(
            "HELD_BACK",
            f"It is held back until {_moment(facts.not_before)}.",
            "Wait, or cancel it and assign it without `notBefore`.",
        )
    yield from _agent(facts)
    if facts.kind in _UNCONFIRMED:
        yield _unconfirmed(facts)
        return
    yield from _around(facts)
    if facts.ahead and facts.agent_connected:
        yield Blocker(
            "TASKS_AHEAD",
            f"{facts.ahead} earlier task(s) wait for {facts.agent_name} or run there.",
            _elsewhere(facts) or "Wait, or start a second agent of the same app.",
            agent=facts.agent,
        )
    elif facts.agent_connected and not facts.agent_blocked and not facts.agent_draining:
        yield from _not_picked_up(facts)


def _not_picked_up(facts: Facts) -> Iterator[Blocker]:
    if (facts.now - facts.since).total_seconds() < _PICKUP_SECONDS:
        return
    yield Blocker(
        "NOT_PICKED_UP",
        f"{facts.agent_name} was sent the task and has not started it.",
        "Bounce the agent; if that does not help, kick it: nothing has begun, so nothing is lost.",
        since=facts.since,
        agent=facts.agent,
    )


#: After this time without STARTED a sentence is worth reading; the server sends again by itself.
_PICKUP_SECONDS = 10.0


def _running(facts: Facts) -> Iterator[Blocker]:
    if facts.kind is K.HELD:
        yield _decision(facts)
    if not facts.agent_connected:
        until = f" until {_moment(facts.lost_at)}" if facts.lost_at else ""
        yield Blocker(
            "AGENT_AWAY",
            f"{facts.agent_name} went away while it ran the task; it is waited for{until}.",
            "Start the app again on the same machine; it takes its work up where it can.",
            since=facts.agent_seen_at,
            agent=facts.agent,
        )
    if facts.kind in _UNCONFIRMED:
        yield _unconfirmed(facts)
    if facts.kind is K.PAUSED:
        yield Blocker("PAUSED", "Somebody paused it.", "Resume it.", since=facts.since)
    for child, kind in facts.children:
        what = "waits for a decision" if kind is K.HELD else f"is {str(kind).lower()}"
        yield Blocker(
            "WAITS_FOR_CHILD",
            f"Its child {child} {what}.",
            f"Ask why of task {child}.",
            task=child,
        )
    yield from _around(facts)
    silence = None if facts.heard_at is None else (facts.now - facts.heard_at).total_seconds()
    if facts.agent_connected and silence is not None and silence > _SILENT_SECONDS:
        yield Blocker(
            "SILENT",
            f"Nothing was reported for {round(silence / 60)} minutes; its agent is alive.",
            "Wait if the work is long; else interrupt it.",
            since=facts.heard_at,
            agent=facts.agent,
        )


_SILENT_SECONDS = 600.0


def _agent(facts: Facts) -> Iterator[Blocker]:
    if facts.is_retired:
        yield Blocker(
            "NOT_OFFERED",
            f"{facts.agent_name} does not offer this any more.",
            _elsewhere(facts) or "Start the version of the app that offers it, or cancel.",
            agent=facts.agent,
        )
    if facts.agent_blocked:
        reason = f": {facts.agent_blocked_reason}" if facts.agent_blocked_reason else "."
        yield Blocker(
            "AGENT_BLOCKED",
            f"{facts.agent_name} is blocked{reason}",
            _elsewhere(facts) or "An admin can unblock it.",
            agent=facts.agent,
        )
    elif not facts.agent_connected:
        yield Blocker(
            "AGENT_AWAY",
            f"{facts.agent_name} is not connected.",
            _elsewhere(facts) or "Start the app; the task is delivered as soon as it connects.",
            since=facts.agent_seen_at,
            agent=facts.agent,
        )
    if facts.agent_draining:
        yield Blocker(
            "AGENT_DRAINING",
            f"{facts.agent_name} gets no new work.",
            _elsewhere(facts) or "An admin can end the draining.",
            agent=facts.agent,
        )


def _around(facts: Facts) -> Iterator[Blocker]:
    for lock, holder in facts.locks:
        yield Blocker(
            "LOCKED",
            f"The lock {lock!r} is held"
            + (f" by task {holder}." if holder is not None else " by something else."),
            "Wait for that task or cancel it." if holder is not None else "Wait.",
            task=holder,
            agent=facts.agent,
        )
    for words in facts.unmet_states:
        yield Blocker(
            "STATE_NOT_MET",
            words,
            "Bring the state there, or assign without it.",
            agent=facts.agent,
        )


def _decision(facts: Facts) -> Blocker:
    asks = f": {facts.prompt}" if facts.prompt else "."
    return Blocker(
        "NEEDS_DECISION",
        f"It waits for a decision{asks}",
        f"{facts.user or 'The person it runs for'} approves or denies it.",
        since=facts.since,
    )


def _unconfirmed(facts: Facts) -> Blocker:
    code, what, way_out = _UNCONFIRMED[facts.kind]
    return Blocker(
        code,
        f"{facts.agent_name} was told {what} and has not confirmed it.",
        f"{way_out}.",
        since=facts.since,
        agent=facts.agent,
    )


def _elsewhere(facts: Facts) -> str | None:
    if not facts.others:
        return None
    return f"{facts.others} other agent(s) offer the same now: cancel it and assign by action."


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z").strip()


def _lost(facts: Facts) -> Blocker:
    reached = "" if facts.progress is None else f" The last progress was {facts.progress} %."
    return Blocker(
        "LOST",
        (facts.message or "Its agent is gone.") + reached,
        _REPEAT.get(facts.effects, _REPEAT["UNKNOWN"]),
        since=facts.since,
        agent=facts.agent,
    )


def _failed(facts: Facts) -> Blocker:
    code = facts.value.get("code")
    way_out = "Mend the arguments and assign it again."
    if code == "STATE_PRECONDITION":
        way_out = "Bring the agent's state to what the call requires, then assign it again."
    elif code == "VALUE_TOO_LARGE":
        way_out = "Return a reference to object storage instead of the value itself."
    return Blocker("FAILED", facts.message or "It failed.", way_out, since=facts.since)


def _critical(facts: Facts) -> Blocker:
    return Blocker(
        "CRITICAL",
        facts.message or "Its code raised an error.",
        "Read the logs of the task; the app has to be mended.",
        since=facts.since,
        agent=facts.agent,
    )


def _denied(facts: Facts) -> Blocker:
    return Blocker(
        "DENIED",
        f"A person denied it{': ' + facts.message if facts.message else '.'}",
        "Talk to that person, then assign it again.",
        since=facts.since,
    )


def _ended(facts: Facts) -> Blocker:
    return Blocker(
        str(facts.kind),
        facts.message or f"Somebody let it be {str(facts.kind).lower()}.",
        "Assign it again if it is still wanted.",
        since=facts.since,
    )


_ENDS = {
    K.LOST: _lost,
    K.FAILED: _failed,
    K.CRITICAL: _critical,
    K.DENIED: _denied,
    K.CANCELLED: _ended,
    K.INTERRUPTED: _ended,
}
