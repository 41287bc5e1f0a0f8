"""The words of the protocol: closed sets that clients rely on."""

from __future__ import annotations

import pytest

from rekuest_server.domain.kinds import (
    MIRRORED,
    TERMINAL,
    EventKind,
    InstructKind,
    LogLevel,
    Policy,
)


@pytest.mark.parametrize("kind", sorted(EventKind))
def test_an_event_that_ends_a_task_is_named_for_it(kind: EventKind) -> None:
    ends = {"COMPLETED", "FAILED", "CRITICAL", "CANCELLED", "INTERRUPTED", "LOST", "DENIED"}
    assert (kind in TERMINAL) is (kind.value in ends)


@pytest.mark.parametrize("kind", sorted(EventKind))
def test_the_end_of_a_task_is_always_mirrored(kind: EventKind) -> None:
    assert kind not in TERMINAL or kind in MIRRORED


@pytest.mark.parametrize("kind", ["UNASSIGN", "EFFECT", "DECIDED", "LATE_REPORT"])
def test_what_has_no_message_is_not_mirrored(kind: str) -> None:
    assert EventKind(kind) not in MIRRORED


@pytest.mark.parametrize("words", [EventKind, InstructKind, LogLevel, Policy])
def test_every_word_is_its_own_name(words: type[EventKind]) -> None:
    assert [word.value for word in words] == [word.name for word in words]


def test_the_words_of_callers_are_those_of_the_protocol() -> None:
    assert set(LogLevel) == {"DEBUG", "INFO", "ERROR", "WARN", "CRITICAL"}
    assert set(Policy) == {"ASK", "AUTO"}
    assert {"CANCEL", "INTERRUPT", "PAUSE", "RESUME"} < set(InstructKind)
