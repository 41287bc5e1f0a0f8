"""The plans of the hot documents: `assign`, and the feed `mytasks`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from chassis.graphql.context import Context, principal_in
from chassis.graphql.plans import NOT_MINE, Plan, Root, Shape
from rekuest_server.operations import feed
from rekuest_server.operations import task as task_operations
from rekuest_server.selectors.scope import row_id

_encode = msgspec.json.Encoder().encode


class _Wish(Struct, rename="camel", forbid_unknown_fields=True):
    """The input of a usual `assign`; one with more than this goes the generic way."""

    args: dict[str, Any]
    capture: bool
    action: str | None = None
    action_hash: str | None = None
    implementation: str | None = None
    agent: str | None = None
    interface: str | None = None
    reference: str | None = None
    step: bool | None = None
    policy: Literal["ASK", "AUTO"] | None = None
    #: Null only: who wishes for one of these goes the generic way.
    resolution: None = None
    dependencies: None = None
    hooks: None = None
    not_before: None = None
    state_requires: None = None


_NEW_TASK = Shape(
    typename="Task",
    fields={
        "id": lambda task: str(task.id),
        "args": lambda task: Raw(task.args),
        "argsHash": lambda task: task.args_hash,
        "reference": lambda task: task.reference,
        "isDone": lambda task: task.state.is_done,
        "latestEventKind": lambda task: task.state.kind,
        "latestInstructKind": lambda task: task.latest_instruct,
        "policy": lambda task: task.policy,
        "createdAt": lambda task: task.created_at.isoformat(),
        "updatedAt": lambda task: task.created_at.isoformat(),
        "revision": lambda task: task.revision,
    },
    # What a task that was made just now is known not to have.
    constant={"parent": None, "root": None, "finishedAt": None, "events": [], "instructs": []},
)


def _optional(number: int | None) -> str | None:
    return None if number is None else str(number)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


_ENTRY = Shape(
    typename="TaskChangeEvent",
    fields={},
    nested={
        "create": (
            lambda item: item if isinstance(item, feed.TaskCreated) else None,
            Shape(
                typename="TaskChange",
                fields={
                    "id": lambda item: str(item.id),
                    "reference": lambda item: item.reference,
                    "isDone": lambda item: item.is_done,
                    "latestEventKind": lambda item: item.latest_kind,
                    "latestInstructKind": lambda item: item.latest_instruct,
                    "action": lambda item: str(item.action_id),
                    "implementation": lambda item: _optional(item.implementation_id),
                    "agent": lambda item: _optional(item.agent_id),
                    "root": lambda item: _optional(item.root_id),
                    "parent": lambda item: _optional(item.parent_id),
                    "createdAt": lambda item: item.created_at.isoformat(),
                    "updatedAt": lambda item: item.updated_at.isoformat(),
                    "finishedAt": lambda item: _moment(item.finished_at),
                    "revision": lambda item: item.revision,
                },
            ),
        ),
        "event": (
            lambda item: item if isinstance(item, feed.TaskEventHappened) else None,
            Shape(
                typename="TaskEventChange",
                fields={
                    "id": lambda item: str(item.id),
                    "task": lambda item: str(item.task_id),
                    "kind": lambda item: item.kind,
                    "message": lambda item: item.message,
                    "progress": lambda item: item.progress,
                    "returns": lambda item: _raw(item.returns_json),
                    "value": lambda item: _raw(item.value_json),
                    "createdAt": lambda item: item.created_at.isoformat(),
                },
            ),
        ),
    },
)


def _raw(text: bytes | None) -> Raw | None:
    return None if text is None else Raw(text)


def _id(value: str | None) -> int | None:
    return None if value is None else row_id(value)


def plan_assign(root: Root) -> Plan | None:
    """Prepare a document that assigns; a reference that exists already goes the generic way."""
    variable = root.variable_of("input")
    select = root.select(_NEW_TASK)
    if variable is None or select is None:
        return None
    # A variable's name may be no name of Python.
    field = "wish"
    kind = msgspec.defstruct(
        "Variables", [(field, _Wish)], rename={field: variable}, forbid_unknown_fields=True
    )
    read = msgspec.json.Decoder(kind).decode

    async def run(context: Context, variables: Raw) -> Any:
        try:
            given: _Wish = getattr(read(variables), field)
        except (msgspec.DecodeError, RecursionError):
            return NOT_MINE
        task = await task_operations.task_new(principal=principal_in(context), wish=_wish_of(given))
        return NOT_MINE if task is None else select(task)

    return Plan(root=root, run=run)


def _wish_of(given: _Wish) -> task_operations.AssignWish:
    return task_operations.AssignWish(
        args=given.args,
        implementation=_id(given.implementation),
        agent=_id(given.agent),
        interface=given.interface,
        action=_id(given.action),
        action_hash=given.action_hash,
        reference=given.reference,
        policy=given.policy or "ASK",
        capture=given.capture,
        step=given.step,
    )


def plan_mytasks(root: Root) -> Plan | None:
    """Prepare a document that follows the feed; subscriptions to one document share the work."""
    select = root.select(_ENTRY)
    if select is None or root.node.arguments:
        return None
    key = root.key

    def show(item: feed.FeedItem) -> bytes:
        if item.shown_by is not select:
            item.shown = _encode({key: select(item)})
            item.shown_by = select
        return item.shown

    async def stream(context: Context) -> AsyncGenerator[list[bytes], None]:
        batches = feed.caller_batches(principal=principal_in(context))
        async with aclosing(batches):
            async for items in batches:
                yield [show(item) for item in items]

    return Plan(root=root, stream=stream)


PLANS = {"assign": plan_assign, "mytasks": plan_mytasks}
