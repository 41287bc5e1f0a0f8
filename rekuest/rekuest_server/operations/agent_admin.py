"""What an admin does to agents: block, drain, pin, rename, retire, bounce, kick.

The row is changed first. The process that holds the agent's connection then acts on it; another
one is told, and if it does not hear, the row decides at the agent's next connection.
"""

from __future__ import annotations

from collections.abc import Callable

from chassis.clock import now
from chassis.errors import Conflict
from chassis.identity import Principal
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Agent
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.broker import Broker, current_broker
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.policy import agent as _rules  # noqa: F401  # registers the rules
from rekuest_server.selectors.liveness import is_connected
from rekuest_server.wire import outbound
from rekuest_server.wire.close_codes import CloseCode

Change = Callable[[Agent], None]


async def agent_block(*, principal: Principal, agent: object, reason: str | None = None) -> Agent:
    """Keep an agent out: it gets no work, its connection ends and its process stops."""

    def change(row: Agent) -> None:
        row.blocked, row.blocked_reason = True, text_of(reason, "reason")

    return await _administer(principal, agent, change, "block")


async def agent_unblock(*, principal: Principal, agent: object) -> Agent:
    """Let an agent in again."""

    def change(row: Agent) -> None:
        row.blocked, row.blocked_reason = False, None

    return await _administer(principal, agent, change, "unblock")


async def agent_drain(*, principal: Principal, agent: object, drain: bool) -> Agent:
    """Give an agent no new work, or give it work again; what it runs goes on."""

    def change(row: Agent) -> None:
        row.draining = drain

    return await _administer(principal, agent, change, "drain" if drain else "undrain")


async def agent_pin(*, principal: Principal, agent: object, pin: bool) -> Agent:
    """Show an agent before the others, or no longer."""

    def change(row: Agent) -> None:
        row.pinned = pin

    return await _administer(principal, agent, change)


async def agent_rename(*, principal: Principal, agent: object, name: str | None) -> Agent:
    """Give an agent a name; None shows the one it gave itself again."""

    def change(row: Agent) -> None:
        row.given_name = None if name is None else name_of(name, "name")

    return await _administer(principal, agent, change)


async def agent_bounce(*, principal: Principal, agent: object) -> Agent:
    """Make an agent connect anew; its tasks go on."""
    return await _administer(principal, agent, _connected, "bounce")


async def agent_kick(*, principal: Principal, agent: object) -> Agent:
    """End an agent's process; it may be started again."""
    return await _administer(principal, agent, _connected, "kick")


async def agent_delete(*, principal: Principal, agent: object) -> str:
    """Take an agent that is away off the lists; it is back at its next connection."""

    def change(row: Agent) -> None:
        if is_connected(row):
            raise Conflict("The agent is connected; stop it or block it first.", field="id")
        row.retired_at = now()

    return str((await _administer(principal, agent, change)).pk)


def _connected(row: Agent) -> None:
    if not is_connected(row):
        raise Conflict("The agent is not connected.", field="agent")


async def _administer(
    principal: Principal, agent: object, change: Change, order: str | None = None
) -> Agent:
    row = await write_as(principal, "agent.admin", _change, agent, change)
    if order is not None:
        broker = current_broker()
        if not obey(broker, row.pk, order):
            broker.hub.elsewhere.order(row.pk, order)
        broker.routes.forget(row.organization_id)
        broker.hub.elsewhere.routes(row.organization_id)
    return row


def _change(author: CallerIdentity, key: object, change: Change) -> Agent:
    row = own(author, Agent.objects.select_for_update(), key, field="agent")
    change(row)
    row.save(
        update_fields=[
            "blocked",
            "blocked_reason",
            "draining",
            "pinned",
            "given_name",
            "retired_at",
            "updated_at",
        ]
    )
    return row


def obey(broker: Broker, agent_id: int, order: str) -> bool:
    """Carry an order out on the agent's connection; false if it is not connected here."""
    link = broker.hub.link_of(agent_id)
    if link is None:
        return False
    match order:
        case "block":
            link.send(outbound.encode(outbound.Kick(reason="This agent is blocked.")))
            link.close(CloseCode.BLOCKED, "blocked by an admin")
        case "kick":
            link.send(outbound.encode(outbound.Kick(reason="Ended by an admin.")))
            link.close(CloseCode.DISPLACED, "ended by an admin")
        case "bounce":
            link.send(outbound.encode(outbound.Bounce()))
        case "drain":
            broker.hub.draining.add(agent_id)
        case "undrain":
            broker.hub.draining.discard(agent_id)  # the next sweep sends what waited
    return True
