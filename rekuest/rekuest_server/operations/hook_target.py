"""What a hook calls: the action behind its hash, and the arguments it is called with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import msgspec

from chassis.errors import InvalidInput
from rekuest_server.domain.errors import NoTarget
from rekuest_server.domain.hooks import hook_arguments, parse_hooks
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.routes import Route, Target

_PORTS: LiteralString = """
SELECT coalesce(definition->'args', '[]')::text FROM rekuest_action WHERE id = %(action)s
"""


async def hooks_checked(
    broker: Broker, organization_id: int, given: Sequence[Mapping[str, Any]]
) -> bytes:
    """Return the hooks of a wish as stored; refuses what could not be called now."""
    hooks = parse_hooks(given)
    for hook in hooks:
        await hook_target(broker, organization_id, hook.hash, task_id=0)
    return msgspec.json.encode([{"kind": hook.kind, "hash": hook.hash} for hook in hooks])


async def hook_target(
    broker: Broker, organization_id: int, digest: str, *, task_id: int
) -> tuple[Route, dict[str, Any]]:
    """Return where a hook of a task goes, with its arguments; refuses what cannot be called."""
    try:
        route = await broker.routes.choose(organization_id, Target(action_hash=digest))
    except NoTarget:
        raise InvalidInput(f"Nothing offers the action {digest!r}.", field="hooks") from None
    rows = await broker.store.fetch(_PORTS, {"action": route.action_id})
    return route, hook_arguments(msgspec.json.decode(rows[0][0]), task_id)
