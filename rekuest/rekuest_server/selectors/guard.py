"""Guards of workflows: at which revision a state they depend on is, and who changed it since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rekuest_server.models import Patch, State, Task
from rekuest_server.selectors.scope import row_ids

_BELOW = """
WITH RECURSIVE below(id) AS (
  SELECT id FROM rekuest_task WHERE id = %s
  UNION ALL
  SELECT k.id FROM rekuest_task k JOIN below b ON k.parent_id = b.id
) SELECT id FROM below
"""


@dataclass(frozen=True, slots=True)
class Revision:
    """Where a state is; `changed` and `detail` answer whether it moved since an earlier one."""

    revision: dict[str, Any]
    changed: bool | None = None
    detail: str | None = None


class Unresolved(Exception):
    """The dependency has no such state."""


def state_revision(
    *,
    parent: int,
    agents: Sequence[int],
    state: str,
    since: Mapping[str, Any] | None = None,
    paths: Sequence[str] = (),
) -> Revision:
    """Return the revision of a state at the first of some agents; raises `Unresolved`.

    With `since`, an earlier revision, tell whether anything but the calls of the task `parent`
    changed the paths, or the state was set up again by another process.
    """
    row = _state(agents, state)
    session = row.session
    if session is None:
        raise Unresolved(f"The state {state!r} was never published.")
    now = {
        "agent": str(row.agent_id),
        "session": session.session_id,
        "revision": session.states_rev,
    }
    if since is None:
        return Revision(now)
    if (since.get("agent"), since.get("session")) != (now["agent"], now["session"]):
        return Revision(now, True, "The state was set up again by another process.")
    own = {task.pk for task in Task.objects.raw(_BELOW, [parent])}
    patches = Patch.objects.filter(
        session=session, interface=row.interface, global_rev__gt=_number(since.get("revision"))
    )
    for patch in patches.order_by("global_rev").iterator():
        if patch.task_id not in own and _touches(patch.path, paths):
            by = f"task {patch.task_id}" if patch.task_id is not None else "the agent itself"
            return Revision(now, True, f"{patch.path or 'the whole state'} was changed by {by}.")
    return Revision(now, False)


def _number(revision: object) -> int:
    if revision in (None, ""):
        return 0
    numbers = row_ids([revision])
    if not numbers:
        raise Unresolved("The earlier revision is no number.")
    return numbers[0]


def _state(agents: Sequence[int], name: str) -> State:
    for agent in agents:
        rows = State.objects.filter(agent_id=agent, retired_at=None).select_related("session")
        found = rows.filter(interface=name).first() or rows.filter(key=name).first()
        if found is not None:
            return found
    raise Unresolved(f"No agent of the dependency publishes the state {name!r}.")


def _touches(path: str, guarded: Sequence[str]) -> bool:
    """Tell whether a change at a pointer can be seen at one of the guarded places."""
    if not guarded:
        return True
    changed = _parts(path)
    for place in guarded:
        parts = _parts(place)
        shared = min(len(parts), len(changed))
        if parts[:shared] == changed[:shared]:
            return True
    return False


def _parts(path: str) -> list[str]:
    separator = "/" if path.startswith("/") or "/" in path else "."
    return [part for part in path.split(separator) if part]
