"""Dead letters as admins handle them: one tried again or thrown away."""

from __future__ import annotations

from chassis.errors import Conflict
from chassis.identity import Principal
from rekuest_server.models import DeadLetter
from rekuest_server.operations.authoring import delete_own_at, own, write_as
from rekuest_server.operations.broker import current_broker
from rekuest_server.operations.dead_letter import dead_letters_replay
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.ids import parse_task
from rekuest_server.policy import agent as _rules  # noqa: F401  # registers the rules
from rekuest_server.wire import inbound

ADMIN = "agent.admin"
_PATH = "agent__organization"


async def dead_letter_replay(*, principal: Principal, letter: object) -> str:
    """Project a frame again that was set aside, and forget the letter; return its id.

    Raises `Conflict` if it still cannot be read, or is about a task that is not its agent's.
    """
    row = await write_as(principal, ADMIN, _found, letter)
    broker = current_broker()
    frame = inbound.parse(row.frame)
    if isinstance(frame, inbound.TaskReport):
        key = parse_task(frame.task) or 0
        task = (await broker.store.tasks_by_id([key])).get(key)
        if task is None or task.agent_id != row.agent_id:
            raise Conflict("The frame is about a task that is not its agent's.")
    if not (await dead_letters_replay(broker=broker, ids=[row.pk])).taken:
        reason = frame.reason if isinstance(frame, inbound.Poison) else "it is no report"
        raise Conflict(f"The frame still cannot be used: {reason}")
    return str(row.pk)


def _found(author: CallerIdentity, key: object) -> DeadLetter:
    return own(author, DeadLetter.objects.all(), key, field="deadLetter", path=_PATH)


async def dead_letter_dismiss(*, principal: Principal, letter: object) -> str:
    """Throw a dead letter away and return its id."""
    rows = DeadLetter.objects.all()
    return await write_as(
        principal, ADMIN, delete_own_at, rows, letter, field="deadLetter", path=_PATH
    )
