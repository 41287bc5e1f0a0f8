"""Reading frames of agents: all of them, tolerant of what is new, never raising."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekuest_server.wire import inbound
from rekuest_server.wire.inbound import Poison, parse

#: The least of each message the client can send.
MESSAGES: dict[str, dict[str, Any]] = {
    "REGISTER": {"token": "t"},
    "HEARTBEAT_ANSWER": {},
    "SESSION_INIT": {"session_id": "s", "states": {"a": {"x": 1}}},
    "STARTED": {"task": "1"},
    "PROGRESS": {"task": "1", "progress": 3, "message": None},
    "LOG": {"task": "1", "message": "m", "level": "WARN"},
    "YIELD": {"task": "1", "returns": None},
    "EFFECT": {"task": "1", "effect": "NOW", "value": 1.5, "key": "NOW:1"},
    "COMPLETED": {"task": "1"},
    "FAILED": {"task": "1", "error": "e", "code": None},
    "CRITICAL": {"task": "1", "error": "e"},
    "CANCELLED": {"task": "1"},
    "INTERRUPTED": {"task": "1"},
    "PAUSED": {"task": "1", "message": None, "details": {"a": 1}},
    "RESUMED": {"task": "1"},
    "HELD": {"task": "1", "prompt": {"title": "t", "description": None}},
    "INFORM": {"task": "1", "blok": {"key": "b"}},
    "LOCK": {"key": "k", "task": "1"},
    "UNLOCK": {"key": "k", "task": None},
    "STATE_PATCH": {
        "session_id": "s",
        "global_rev": 1,
        "state_name": "a",
        "ts": 1.0,
        "op": "add",
        "path": "/x",
        "value": [1],
        "old_value": None,
        "task_id": None,
    },
    "STATE_SNAPSHOT": {"session_id": "s", "global_rev": 2, "snapshots": {"a": None}},
    "SHELVE": {"ref": "r", "identifier": "@a/b", "resource_id": "r"},
    "UNSHELVE": {"ref": "r", "drawer": "r"},
    "ASSIGN_REQUEST": {"parent": "1", "args": {"a": 1}, "hooks": None},
    "PROBE_REQUEST": {"args": {}},
    "STATE_REVISION_REQUEST": {"parent": "1", "dependency": "d", "state": "s"},
    "CANCEL_REQUEST": {"task": "1", "auto_interrupt": 2.5},
    "INTERRUPT_REQUEST": {"task": "1"},
    "PAUSE_REQUEST": {"task": "1"},
    "RESUME_REQUEST": {"task": "1", "step": True},
}
STAMPS = {"pos": 3, "journal_session": "s", "agent_ts": 1.5, "task_step": 2, "seq": 9}


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_is_read_and_unknown_fields_are_ignored(kind: str) -> None:
    text = json.dumps({"type": kind, "id": "i", "later": {"a": [1]}} | STAMPS | MESSAGES[kind])
    frame = parse(text)
    assert not isinstance(frame, Poison)
    assert frame.__struct_config__.tag == kind
    assert frame.id == "i"
    if isinstance(frame, inbound.Journaled):
        assert (frame.pos, frame.journal_session, frame.task_step) == (3, "s", 2)


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_is_read_without_stamps_and_id(kind: str) -> None:
    assert not isinstance(parse(json.dumps({"type": kind} | MESSAGES[kind])), Poison)


def test_values_stay_as_they_were_written() -> None:
    frame = parse('{"type":"YIELD","task":"1","returns":{"b": 1.0, "a":[ 1 ]}}')
    assert isinstance(frame, inbound.Yield)
    assert bytes(frame.returns) == b'{"b": 1.0, "a":[ 1 ]}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type":"INVENTED","pos":4,"journal_session":"s"}', ("INVENTED", 4, "s", None)),
        ('{"type":"YIELD","task":"1","returns":NaN,"pos":4}', ("YIELD", 4, None, "1")),
        ('{"type":"YIELD","task":7,"pos":4,"journal_session":"s"}', ("YIELD", 4, "s", None)),
        ('{"type":"LOG","task":"1","pos":"x"}', ("LOG", None, None, "1")),
        ("{}", (None, None, None, None)),
        ("[1]", (None, None, None, None)),
        ("", (None, None, None, None)),
        ("\ud800", (None, None, None, None)),
    ],
)
def test_what_cannot_be_read_keeps_what_can(
    text: str, expected: tuple[str | None, int | None, str | None, str | None]
) -> None:
    frame = parse(text)
    assert isinstance(frame, Poison)
    assert (frame.type, frame.pos, frame.session, frame.task) == expected
    assert frame.reason


def test_deep_nesting_is_no_crash() -> None:
    assert isinstance(parse("[" * 100_000), Poison)
    deep = '{"type":"YIELD","task":"1","returns":' + "[" * 5000 + "]" * 5000 + "}"
    parse(deep)


@given(st.text() | st.binary())
def test_parse_never_raises(text: str | bytes) -> None:
    parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted(MESSAGES)),
    st.dictionaries(
        st.sampled_from(
            ["task", "pos", "journal_session", "returns", "states", "args", "level", "token"]
        ),
        JSON,
    ),
)
def test_wrong_types_never_raise(kind: str, fields: dict[str, Any]) -> None:
    text = msgspec.json.encode({"type": kind} | MESSAGES[kind] | fields)
    parse(text)
