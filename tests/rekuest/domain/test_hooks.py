"""Hooks: which are wished, which are due, what they are called with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from rekuest_server.domain.hooks import MOST_HOOKS, Hook, HookKind, due, hook_arguments, parse_hooks
from rekuest_server.domain.kinds import EventKind
from rekuest_server.domain.task_state import Refusal, TaskState, transition

HOOKS = [Hook(0, HookKind.INIT, "a"), Hook(1, HookKind.CLEANUP, "b"), Hook(2, HookKind.INIT, "c")]


def test_hooks_are_read_in_their_order() -> None:
    given = [{"kind": "INIT", "hash": "a"}, {"kind": "CLEANUP", "hash": "b"}]
    assert parse_hooks(given) == HOOKS[:2]
    assert parse_hooks([]) == []


@pytest.mark.parametrize(
    "item", [{}, {"kind": "LATER", "hash": "a"}, {"kind": "INIT"}, {"kind": "INIT", "hash": 7}]
)
def test_what_is_no_hook_is_refused_by_the_field(item: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_hooks([item])
    assert refusal.value.field == "hooks"


def test_there_is_an_end_to_hooks() -> None:
    wish = {"kind": "INIT", "hash": "a"}
    assert len(parse_hooks([wish] * MOST_HOOKS)) == MOST_HOOKS
    with pytest.raises(InvalidInput, match="at most"):
        parse_hooks([wish] * (MOST_HOOKS + 1))


@given(st.lists(st.sampled_from(list(EventKind)), max_size=12))
def test_a_hook_is_due_once_in_a_life_whatever_happens(kinds: list[EventKind]) -> None:
    state, called = TaskState(kind=EventKind.QUEUED), list[Hook]()
    for kind in kinds:
        for by_agent in (True, False):
            moved = transition(state, kind, progress=None, by_agent=by_agent)
            if not isinstance(moved, Refusal):
                called += due(HOOKS, state, moved.state)
                state = moved.state
    expected = [hook for hook in HOOKS if hook.kind is HookKind.INIT and state.picked_up]
    expected += [hook for hook in HOOKS if hook.kind is HookKind.CLEANUP and state.is_done]
    assert called == expected


@pytest.mark.parametrize(
    ("ports", "arguments"),
    [
        ([], {}),
        ([{"key": "task", "kind": "STRING"}], {"task": "7"}),
        (
            [{"key": "task", "kind": "STRUCTURE", "identifier": "@rekuest/task"}],
            {"task": {"__identifier": "@rekuest/task", "object": "7"}},
        ),
        ([{"key": "number", "kind": "INT"}], {"number": 7}),
        ([{"key": "task"}, {"key": "b", "nullable": True}, {"key": "c", "default": 0}], None),
    ],
)
def test_a_hook_is_called_with_the_id_of_the_task(
    ports: list[dict[str, Any]], arguments: dict[str, Any] | None
) -> None:
    assert hook_arguments(ports, 7) == ({"task": "7"} if arguments is None else arguments)


def test_an_action_that_needs_more_is_no_hook() -> None:
    with pytest.raises(InvalidInput, match="'where' would be missing"):
        hook_arguments([{"key": "task"}, {"key": "where"}], 7)
