"""Materialized bloks: bloks bound to agents, pinned, and placed."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity import Principal
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Agent, Blok, BlokAgentMapping, Dashboard, MaterializedBlok
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.selectors.scope import row_id

WRITE = "catalog.write"
#: Pairs of a dependency's key and an agent.
Mappings = Sequence[tuple[str, object]]


async def materialized_create(
    *,
    principal: Principal,
    blok: object,
    mappings: Mappings = (),
    dashboard: object = None,
    name: str | None = None,
    description: str | None = None,
    scope: str = "DASHBOARD",
) -> MaterializedBlok:
    """Bind a blok to agents and put it on a dashboard; what is not bound can be bound later."""
    return await write_as(
        principal, WRITE, _create, blok, mappings, dashboard, name, description, scope
    )


def _create(
    author: CallerIdentity,
    key: object,
    mappings: Mappings,
    dashboard: object,
    name: str | None,
    description: str | None,
    scope: str,
) -> MaterializedBlok:
    blok = own(author, Blok.objects.filter(retired_at=None), key, field="blok")
    page = None
    if dashboard is not None:
        page = own(author, Dashboard.objects.all(), dashboard, field="dashboard")
    bound = MaterializedBlok.objects.create(
        organization_id=author.organization_id,
        blok=blok,
        name=blok.name if name is None else name_of(name, "name"),
        description=text_of(description, "description"),
        scope=scope,
    )
    bind(author, bound, mappings)
    if page is not None:
        page.bloks.add(bound)
    return bound


def bind(author: CallerIdentity, bound: MaterializedBlok, mappings: Mappings) -> None:
    """Replace the bindings; a key must be a dependency, an agent one of the organization."""
    known = {item["key"] for item in bound.blok.content.get("dependencies") or ()}
    rows = []
    for key, agent in mappings:
        if key not in known:
            raise InvalidInput(f"{key!r} is no dependency of the blok.", field="agentMappings")
        found = own(author, Agent.objects.all(), agent, field="agent")
        rows.append(BlokAgentMapping(materialized_blok=bound, key=key, agent=found))
    bound.agent_mappings.all().delete()
    BlokAgentMapping.objects.bulk_create(rows, ignore_conflicts=True)


async def materialized_update(
    *, principal: Principal, materialized_blok: object, mappings: Mappings | None
) -> MaterializedBlok:
    """Bind a materialized blok to other agents."""
    return await write_as(principal, WRITE, _update, materialized_blok, mappings)


def _update(author: CallerIdentity, key: object, mappings: Mappings | None) -> MaterializedBlok:
    bound = _own(author, key)
    if mappings is not None:
        _changeable(bound)
        bind(author, bound, mappings)
        bound.save(update_fields=["updated_at"])
    return bound


async def materialized_pin(
    *, principal: Principal, materialized_blok: object, revision: object = None
) -> MaterializedBlok:
    """Keep a materialized blok at a revision; None follows the head again."""
    return await write_as(principal, WRITE, _pin, materialized_blok, revision)


def _pin(author: CallerIdentity, key: object, revision: object) -> MaterializedBlok:
    bound = _own(author, key)
    if revision is None:
        bound.pinned_revision = None
    else:
        found = bound.blok.revisions.filter(pk=row_id(revision)).first()
        if found is None:
            raise NotFound(field="revision")
        bound.pinned_revision = found
    bound.save(update_fields=["pinned_revision", "updated_at"])
    return bound


async def materialized_delete(*, principal: Principal, materialized_blok: object) -> None:
    """Delete a binding; the blok stays."""
    await write_as(principal, WRITE, _delete, materialized_blok)


def _delete(author: CallerIdentity, key: object) -> None:
    bound = _own(author, key)
    _changeable(bound)
    bound.delete()


def _own(author: CallerIdentity, key: object) -> MaterializedBlok:
    rows = MaterializedBlok.objects.filter(retired_at=None).select_related("blok")
    return own(author, rows, key, field="materializedBlok")


def _changeable(bound: MaterializedBlok) -> None:
    if bound.declared_by_id is not None:
        raise Conflict("An agent declares this blok; materialize it anew to bind it otherwise.")
