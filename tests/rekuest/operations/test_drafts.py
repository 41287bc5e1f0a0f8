"""What a wish and a route make of each other."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import live_task

from chassis.errors import InvalidInput
from rekuest_server.domain.errors import ValueTooLarge
from rekuest_server.domain.kinds import EventKind, Execution, Policy
from rekuest_server.operations.drafts import (
    DraftParts,
    args_digest,
    draft_task,
    encode_args,
    too_large,
)
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.routes import Route

CALLER = CallerIdentity(
    caller_id=5,
    organization_id=6,
    organization_slug="lab",
    user_id=7,
    user="ada",
    client_id=8,
)
ROUTE = Route(
    implementation_id=21,
    agent_id=31,
    interface="add",
    execution=Execution.WORKFLOW,
    effects="NONE",
    code_hash="c",
    needs_token=False,
    action_id=11,
    action_hash="h",
    is_blocked=False,
    is_draining=False,
    has_dependencies=False,
    runs_at="add",
    preset=None,
    allows_probe=False,
    yields_once=True,
    was_live=False,
    was_busy=0,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def parts(**changes: Any) -> DraftParts:
    values: dict[str, Any] = {"reference": "r", "policy": Policy.AUTO}
    return DraftParts(**(values | changes))


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=5), st.randoms())
def test_the_digest_does_not_depend_on_the_order_of_keys(
    args: dict[str, Any], dice: random.Random
) -> None:
    keys = list(args)
    dice.shuffle(keys)
    shuffled = {key: args[key] for key in keys}
    assert args_digest(json.dumps(args).encode()) == args_digest(json.dumps(shuffled).encode())


def test_other_arguments_have_another_digest() -> None:
    assert args_digest(b'{"a": 1}') != args_digest(b'{"a": 2}')
    assert args_digest(b'{"a": [1, 2]}') != args_digest(b'{"a": [2, 1]}')


def test_arguments_up_to_the_limit_are_taken() -> None:
    encoded = encode_args({"a": "xy"}, 10)
    assert json.loads(encoded) == {"a": "xy"}
    with pytest.raises(ValueTooLarge) as refused:
        encode_args({"a": "xyz"}, 10)
    assert refused.value.field == "a"


def test_the_largest_argument_is_named() -> None:
    assert too_large({"small": 1, "large": "x" * 50, "middle": "x" * 20}).field == "large"
    assert too_large({}).field == "args"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"reference": "r" * 201}, "reference"), ({"call_key": "k" * 801}, "call_key")],
)
def test_names_have_a_longest_length(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft_task(caller=CALLER, route=ROUTE, args=b"{}", parts=parts(**changes))
    assert refused.value.field == field


async def test_a_root_belongs_to_its_caller() -> None:
    draft = draft_task(caller=CALLER, route=ROUTE, args=b'{"a": 1}', parts=parts())
    task, row = draft.task, draft.row
    assert (task.user, task.caller_id, task.organization_id) == ("ada", 5, 6)
    assert (task.root_id, task.parent_id, task.asked_by) == (None, None, None)
    assert (task.state.kind, task.state.picked_up) == (EventKind.QUEUED, False)
    assert (row.caller, row.impl, row.agent, row.action) == (5, 21, 31, 11)
    assert (row.kind, row.ref, row.ahash) == ("QUEUED", "r", args_digest(b'{"a": 1}'))
    assert task.current_code_hash == "c"
    assert row.held is None


async def test_a_child_runs_for_the_user_of_its_root() -> None:
    parent = live_task(9, root_id=3, user="grace", agent_id=44)
    draft = draft_task(
        caller=CALLER, route=ROUTE, args=b"{}", parts=parts(parent=parent, parent_step=2)
    )
    assert (draft.task.user, draft.task.root, draft.task.parent_id) == ("grace", 3, 9)
    assert (draft.row.asked, draft.row.pstep, draft.row.root) == (44, 2, 3)


async def test_a_child_of_a_root_has_it_as_its_root() -> None:
    draft = draft_task(caller=CALLER, route=ROUTE, args=b"{}", parts=parts(parent=live_task(9)))
    assert draft.row.root == 9


async def test_a_held_child_says_what_it_waits_for() -> None:
    parent = live_task(9, agent_id=44)
    held = parts(parent=parent, is_held=True, prompt=b'{"title": "May it?"}')
    draft = draft_task(caller=CALLER, route=ROUTE, args=b'{"a": 1}', parts=held)
    assert (draft.task.state.kind, draft.row.kind) == (EventKind.HELD, "HELD")
    assert draft.row.held is not None
    told = json.loads(bytes(draft.row.held))
    assert told["prompt"] == {"title": "May it?"}
    assert (told["caller_task"], told["caller_agent"], told["args"]) == ("9", "44", {"a": 1})
