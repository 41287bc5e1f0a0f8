"""Bloks: what is refused by name, and that nothing foreign is edited, copied, bound or deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import kept
import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from rows import count, update

from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity import Principal
from chassis.testing.mint import Member
from rekuest_server import models
from rekuest_server.operations import blok as bloks
from rekuest_server.operations import materialized_blok as bound_bloks


@dataclass
class Both:
    """Two organizations, each with one of everything."""

    me: Principal
    ours: world.Rows
    things: kept.Kept
    foreign: kept.Kept


@pytest_asyncio.fixture
async def both(application: Any, two_organizations: tuple[Member, Member]) -> Both:
    one, two = two_organizations
    ours = await sync_to_async(world.make)(one.principal)
    theirs = await sync_to_async(world.make)(two.principal, marker="theirs")
    return Both(
        one.principal,
        ours,
        await sync_to_async(kept.make_kept)(ours),
        await sync_to_async(kept.make_kept)(theirs, "theirs"),
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 401}, "name"),
        ({"description": "\x00"}, "description"),
        ({"catalog": "x" * 401}, "catalog"),
        ({"for_model": "x" * 401}, "forModel"),
        ({"for_model": "\x00"}, "forModel"),
        ({"for_node": "x" * 401}, "forNode"),
        ({"origin": "x" * 401}, "origin"),
        ({"origin_hash": "x" * 201}, "originHash"),
    ],
)
async def test_a_word_that_does_not_fit_is_refused_by_its_field(
    both: Both, changes: dict[str, Any], field: str
) -> None:
    wish = bloks.BlokWish(**({"name": "b", "content": {}} | changes))
    with pytest.raises(InvalidInput) as refusal:
        await bloks.blok_create(principal=both.me, wish=wish)
    assert refusal.value.field == field
    assert await count(models.Blok) == 2
    assert await count(models.UiCatalog) == 2


Act = Callable[[Both, kept.Kept], Awaitable[Any]]

#: What is done to a blok or to a bound one of some organization.
ACTS: dict[str, Act] = {
    "edit": lambda both, things: bloks.blok_edit(
        principal=both.me, wish=bloks.EditWish(blok=things.blok.pk, content={"args": []})
    ),
    "edit of a bound one": lambda both, things: bloks.blok_edit(
        principal=both.me,
        wish=bloks.EditWish(materialized_blok=things.bound.pk, content={"args": []}),
    ),
    "fork": lambda both, things: bloks.blok_fork(principal=both.me, blok=things.blok.pk),
    "update": lambda both, things: bloks.blok_update(
        principal=both.me, blok=things.blok.pk, name="n"
    ),
    "revert": lambda both, things: bloks.blok_revert(
        principal=both.me, blok=things.blok.pk, to=things.revision.pk, base=things.revision.pk
    ),
    "delete": lambda both, things: bloks.blok_delete(principal=both.me, blok=things.blok.pk),
    "bind": lambda both, things: bound_bloks.materialized_create(
        principal=both.me, blok=things.blok.pk
    ),
    "bind anew": lambda both, things: bound_bloks.materialized_update(
        principal=both.me, materialized_blok=things.bound.pk, mappings=[]
    ),
    "pin": lambda both, things: bound_bloks.materialized_pin(
        principal=both.me, materialized_blok=things.bound.pk, revision=things.revision.pk
    ),
    "unbind": lambda both, things: bound_bloks.materialized_delete(
        principal=both.me, materialized_blok=things.bound.pk
    ),
}
COUNTED = (models.Blok, models.BlokRevision, models.MaterializedBlok)


@pytest.mark.parametrize("name", ACTS)
async def test_nothing_foreign_or_retired_is_reached(both: Both, name: str) -> None:
    before = [await count(model) for model in COUNTED]
    with pytest.raises(NotFound):
        await ACTS[name](both, both.foreign)
    assert [await count(model) for model in COUNTED] == before
    for row in (both.things.blok, both.things.bound):
        await update(type(row), row.pk, retired_at="2026-01-01T00:00:00Z")
    with pytest.raises(NotFound):
        await ACTS[name](both, both.things)
    for row in (both.things.blok, both.things.bound):
        await update(type(row), row.pk, retired_at=None)
    await ACTS[name](both, both.things)


@pytest.mark.parametrize("name", ["update", "revert", "delete"])
async def test_what_an_app_provides_is_changed_by_the_app(both: Both, name: str) -> None:
    await update(models.Blok, both.things.blok.pk, app=both.ours.action.app)
    with pytest.raises(Conflict):
        await ACTS[name](both, both.things)
    assert await count(models.Blok) == 2


@pytest.mark.parametrize("name", ["bind anew", "unbind"])
async def test_what_an_agent_declares_is_bound_by_the_agent(both: Both, name: str) -> None:
    await update(models.MaterializedBlok, both.things.bound.pk, declared_by=both.ours.agent)
    with pytest.raises(Conflict):
        await ACTS[name](both, both.things)
    assert await count(models.MaterializedBlok) == 2


@pytest.mark.parametrize("length", [1, 380, 391, 392, 400])
async def test_a_long_name_does_not_stand_in_the_way_of_a_copy(both: Both, length: int) -> None:
    name = "n" * length
    await update(models.Blok, both.things.blok.pk, name=name, app=both.ours.action.app)
    edit = await ACTS["edit"](both, both.things)
    assert edit.forked is True
    assert edit.blok.name.endswith(" (edited)")
    assert edit.blok.name[: min(length, 300)] == name[:300]
    copied = await ACTS["fork"](both, both.things)
    assert copied.name.startswith("Copy of n")
    assert len(copied.name) <= 400


async def test_an_edit_names_what_is_edited(both: Both) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await bloks.blok_edit(principal=both.me, wish=bloks.EditWish(content={}))
    assert refusal.value.field == "blok"


@pytest.mark.parametrize("pick", ["foreign", "things"])
async def test_a_binding_is_made_with_our_own_agents_only(both: Both, pick: str) -> None:
    owner = getattr(both, pick)
    agent = owner.drawer.agent_id
    make = bound_bloks.materialized_create(
        principal=both.me, blok=both.things.blok.pk, mappings=[("adder", agent), ("adder", agent)]
    )
    if pick == "foreign":
        with pytest.raises(NotFound) as refusal:
            await make
        assert refusal.value.field == "agent"
        assert await count(models.MaterializedBlok) == 2
    else:
        made = await make
        assert await sync_to_async(made.agent_mappings.count)() == 1
        assert made.name == both.things.blok.name
