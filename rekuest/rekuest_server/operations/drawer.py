"""Drawers: values that agents keep in memory, shelved, given up and collected by callers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from chassis.clock import now
from chassis.errors import NotFound
from chassis.identity import Principal
from chassis.permissions import allows
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Agent, Drawer
from rekuest_server.operations.authoring import write_as
from rekuest_server.operations.broker import Broker, current_broker
from rekuest_server.operations.hub import AgentLink
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.operations.ids import parse_id
from rekuest_server.wire import outbound

_LONGEST_RESOURCE = 200
_LONGEST_LABEL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelveWish:
    """A value of the caller's own agent; `resource_id` is what the agent calls it."""

    identifier: str
    resource_id: str
    label: str | None = None
    description: str | None = None


async def drawer_shelve(*, principal: Principal, wish: ShelveWish) -> Drawer:
    """Note a value that the caller's own agent keeps; the same one again changes its words."""
    return await write_as(principal, "catalog.write", _shelve, wish)


def _shelve(author: CallerIdentity, wish: ShelveWish) -> Drawer:
    agent = _own_agents(author).first()
    if agent is None:
        raise NotFound("This client runs no agent, so it has no shelf.")
    drawer, _ = Drawer.objects.update_or_create(
        agent=agent,
        resource_id=name_of(wish.resource_id, "resourceId", longest=_LONGEST_RESOURCE),
        defaults={
            "identifier": name_of(wish.identifier, "identifier"),
            "label": text_of(wish.label, "label", longest=_LONGEST_LABEL),
            "description": text_of(wish.description, "description"),
            "session_id": agent.session_id,
        },
    )
    return drawer


async def drawer_unshelve(*, principal: Principal, drawer: str) -> str:
    """Forget a drawer of the caller's own agent, by its id or by what the agent calls it."""
    return await write_as(principal, "catalog.write", _unshelve, drawer)


def _unshelve(author: CallerIdentity, key: str) -> str:
    found = Drawer.objects.filter(_named([key]), agent__in=_own_agents(author)).first()
    if found is None:
        raise NotFound()
    row = str(found.pk)
    found.delete()
    return row


async def drawers_collect(*, principal: Principal, drawers: Sequence[str]) -> list[str]:
    """Tell agents to drop values; return the ids of the drawers that were found.

    A drawer is gone when its agent says so; until then the agent is told again at every INIT.
    """
    # An admin may empty every shelf, others those of the agents they run or called.
    everything = allows(principal, "agent.admin")
    told = await write_as(principal, "catalog.write", _collect, drawers, everything)
    broker = current_broker()
    by_agent: dict[int, list[str]] = defaultdict(list)
    for _, agent_id, resource in told:
        by_agent[agent_id].append(resource)
    for agent_id, resources in by_agent.items():
        link = broker.hub.link_of(agent_id)
        if link is not None:
            link.send(outbound.encode(outbound.Collect(drawers=resources)))
        else:
            broker.hub.elsewhere.deliver(agent_id)
    return [str(key) for key, _, _ in told]


def _collect(
    author: CallerIdentity, keys: Sequence[str], everything: bool
) -> list[tuple[int, int, str]]:
    rows = Drawer.objects.filter(_named(keys), agent__organization_id=author.organization_id)
    if not everything:
        rows = rows.filter(agent__user_id=author.user_id)
    found = list(rows.order_by("pk"))
    if keys and not found:
        raise NotFound()
    Drawer.objects.filter(pk__in=[row.pk for row in found]).update(collected_at=now())
    return [(row.pk, row.agent_id, row.resource_id) for row in found]


async def send_owed_collections(*, broker: Broker, link: AgentLink) -> None:
    """Tell an agent again what it was told to drop and has not dropped."""
    rows = await broker.store.fetch(
        "SELECT resource_id FROM rekuest_drawer "
        "WHERE agent_id = %(agent)s AND collected_at IS NOT NULL ORDER BY id",
        {"agent": link.agent_id},
    )
    if rows:
        link.send(outbound.encode(outbound.Collect(drawers=[row[0] for row in rows])))


def _own_agents(author: CallerIdentity) -> QuerySet[Agent]:
    return Agent.objects.filter(
        client_id=author.client_id,
        user_id=author.user_id,
        organization_id=author.organization_id,
    )


def _named(keys: Sequence[str]) -> Q:
    ids = [number for number in map(parse_id, keys) if number is not None]
    return Q(pk__in=ids) | Q(resource_id__in=list(keys))
