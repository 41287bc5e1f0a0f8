"""Hooks of a task: actions that are called when it starts or is over, with its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chassis.errors import InvalidInput
from rekuest_server.domain.task_state import TaskState

MOST_HOOKS = 16
#: The hooks of nearly every task, as stored.
NO_HOOKS = b"[]"


class HookKind(StrEnum):
    """When a hook is called: at the first sign that the task runs, and after its end."""

    INIT = "INIT"
    CLEANUP = "CLEANUP"


@dataclass(frozen=True, slots=True)
class Hook:
    """An action by its hash, and when it is called; `number` is its place in the list."""

    number: int
    kind: HookKind
    hash: str


def parse_hooks(given: Sequence[Mapping[str, Any]]) -> list[Hook]:
    """Read the hooks of a wish."""
    if len(given) > MOST_HOOKS:
        raise InvalidInput(f"A task has at most {MOST_HOOKS} hooks.", field="hooks")
    hooks = []
    for number, item in enumerate(given):
        kind, digest = item.get("kind"), item.get("hash")
        if kind not in tuple(HookKind) or not isinstance(digest, str):
            raise InvalidInput(
                "A hook has a kind, INIT or CLEANUP, and the hash of an action.", field="hooks"
            )
        hooks.append(Hook(number, HookKind(str(kind)), digest))
    return hooks


def due(hooks: Sequence[Hook], before: TaskState, after: TaskState) -> list[Hook]:
    """Return the hooks that are to be called because a task went from one state to another."""
    kinds = set()
    if after.picked_up and not before.picked_up:
        kinds.add(HookKind.INIT)
    if after.is_done and not before.is_done:
        kinds.add(HookKind.CLEANUP)
    return [hook for hook in hooks if hook.kind in kinds]


def hook_arguments(ports: Sequence[Mapping[str, Any]], task_id: int) -> dict[str, Any]:
    """Return what a hook is called with: the id of the task as its first argument.

    An action without arguments gets none; one that cannot do with the id alone is refused.
    """
    needed = [
        port["key"]
        for port in ports[1:]
        if not port.get("nullable") and port.get("default") is None
    ]
    if needed:
        raise InvalidInput(
            f"A hook is called with the id of the task alone; {needed[0]!r} would be missing.",
            field="hooks",
        )
    return {port["key"]: _as_value(port, task_id) for port in ports[:1]}


def _as_value(port: Mapping[str, Any], task_id: int) -> object:
    match port.get("kind"):
        case "INT":
            return task_id
        case "STRUCTURE":
            return {"__identifier": port.get("identifier"), "object": str(task_id)}
        case _:
            return str(task_id)
