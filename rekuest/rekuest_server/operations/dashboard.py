"""Dashboards and spaces: making, changing and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import InvalidInput
from chassis.identity import Principal
from rekuest_server.domain.text import name_of
from rekuest_server.models import Agent, Dashboard, MaterializedBlok, Placement, Space
from rekuest_server.operations.authoring import delete_own, own, write_as
from rekuest_server.operations.identity import CallerIdentity

WRITE = "catalog.write"
_SIDE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementWish:
    """An agent in a space; the matrix is 4 x 4, row by row."""

    agent: object
    blok: object = None
    role: str | None = None
    affine_matrix: Sequence[Sequence[float]] | None = None


async def dashboard_create(
    *, principal: Principal, name: str, bloks: Sequence[object] = ()
) -> Dashboard:
    """Make a page of materialized bloks."""
    return await write_as(principal, WRITE, _create, name, bloks)


def _create(author: CallerIdentity, name: str, bloks: Sequence[object]) -> Dashboard:
    dashboard = Dashboard.objects.create(
        organization_id=author.organization_id, name=name_of(name, "name")
    )
    dashboard.bloks.set(_bloks(author, bloks))
    return dashboard


async def dashboard_update(
    *,
    principal: Principal,
    dashboard: object,
    name: str | None = None,
    bloks: Sequence[object] | None = None,
) -> Dashboard:
    """Rename a page or put other bloks on it; what is left out stays."""
    return await write_as(principal, WRITE, _update, dashboard, name, bloks)


def _update(
    author: CallerIdentity, key: object, name: str | None, bloks: Sequence[object] | None
) -> Dashboard:
    dashboard = own(author, Dashboard.objects.all(), key, field="dashboard")
    if name is not None:
        dashboard.name = name_of(name, "name")
        dashboard.save(update_fields=["name"])
    if bloks is not None:
        dashboard.bloks.set(_bloks(author, bloks))
    return dashboard


async def dashboard_delete(*, principal: Principal, dashboard: object) -> str:
    """Delete a page; the bloks on it stay."""
    rows = Dashboard.objects.all()
    return await write_as(principal, WRITE, delete_own, rows, dashboard, field="dashboard")


def _bloks(author: CallerIdentity, keys: Sequence[object]) -> list[MaterializedBlok]:
    rows = MaterializedBlok.objects.all()
    return [own(author, rows, key, field="blok") for key in keys]


async def space_create(
    *, principal: Principal, name: str, placements: Sequence[PlacementWish] = ()
) -> Space:
    """Make a room with agents in it."""
    return await write_as(principal, WRITE, _space, name, placements)


def _space(author: CallerIdentity, name: str, placements: Sequence[PlacementWish]) -> Space:
    space = Space.objects.create(
        organization_id=author.organization_id,
        creator_id=author.user_id,
        name=name_of(name, "name"),
    )
    for wish in placements:
        Placement.objects.create(
            space=space,
            agent=own(author, Agent.objects.all(), wish.agent, field="agent"),
            blok=None if wish.blok is None else _bloks(author, [wish.blok])[0],
            role="" if wish.role is None else name_of(wish.role, "role"),
            affine_matrix=_matrix(wish.affine_matrix),
        )
    return space


async def space_delete(*, principal: Principal, space: object) -> str:
    """Delete a room; the agents in it stay."""
    return await write_as(principal, WRITE, delete_own, Space.objects.all(), space, field="space")


def _matrix(rows: Sequence[Sequence[float]] | None) -> list[list[float]] | None:
    if rows is None:
        return None
    if len(rows) != _SIDE or any(len(row) != _SIDE for row in rows):
        raise InvalidInput("An affine matrix has 4 rows of 4 numbers.", field="affineMatrix")
    return [list(row) for row in rows]
