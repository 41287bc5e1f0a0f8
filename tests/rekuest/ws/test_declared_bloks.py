"""Bloks and assets that agents declare: kept, bound to the agent, retired, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from agents import Agent
from asgiref.sync import sync_to_async
from rows import count

from rekuest_server import models

Make = Callable[..., Agent]
REF = "sha256:" + "a" * 64


def blok(key: str = "panel", **changes: Any) -> dict[str, Any]:
    return {"key": key, "components": [{"id": "a", "component": "Card"}], "default": True} | changes


def asset(name: str = "stage") -> dict[str, Any]:
    return {"name": name, "kind": "MODEL_3D", "ref": REF, "size": 3}


@sync_to_async
def bound() -> list[tuple[str, bool, bool]]:
    rows = models.MaterializedBlok.objects.order_by("pk").select_related("blok")
    return [(row.blok.key or "", row.is_default, row.retired_at is not None) for row in rows]


async def test_a_declared_blok_is_kept_with_findings_for_its_developer(make_agent: Make) -> None:
    call = {"dependency": "camera", "operation": "snap"}
    tree = [{"id": "a", "component": "Card", "props": [{"key": "p", "agent_call": call}]}]
    agent = make_agent(bloks=[blok(components=tree)])
    init = await agent.connect()
    assert [item["code"] for item in init["diagnostics"]] == ["unknown_dependency"]
    assert init["diagnostics"][0]["path"] == "bloks.0.a"
    assert await bound() == [("panel", True, False)]
    assert await count(models.BlokRevision) == 1


async def test_the_same_declaration_again_makes_no_revision(make_agent: Make) -> None:
    agent = make_agent(bloks=[blok()])
    await agent.connect()
    agent.hash = "2"
    await agent.abort()
    await agent.connect(force=True)
    assert await count(models.BlokRevision) == 1
    agent.hash = "3"
    changed = [blok(components=[{"id": "b", "component": "Card"}])]
    await agent.abort()
    await agent.connect(force=True, bloks=changed)
    assert await count(models.BlokRevision) == 2
    assert await count(models.Blok) == 1


async def test_what_is_not_declared_any_more_is_retired_and_comes_back(make_agent: Make) -> None:
    agent = make_agent(bloks=[blok(), blok("other")])
    await agent.connect()
    agent.hash = "2"
    await agent.abort()
    await agent.connect(force=True, bloks=[blok("other")])
    assert await bound() == [("panel", True, True), ("other", True, False)]
    assert await count(models.Blok, retired_at=None) == 1
    agent.hash = "3"
    await agent.abort()
    await agent.connect(force=True)
    assert await count(models.Blok, retired_at=None) == 2


async def test_a_blok_that_needs_its_own_agent_is_bound_to_it(make_agent: Make) -> None:
    agent = make_agent(bloks=[blok(dependencies=[{"key": "self"}])])
    await agent.connect()
    assert await count(models.BlokAgentMapping, key="self", agent_id=agent.agent_id) == 1


@pytest.mark.parametrize(
    "declared",
    [
        [blok(), blok()],
        [{"key": "x"}],
        [blok(source="<Card />")],
        [blok(components=[{"id": "a", "component": "A"}, {"id": "a", "component": "B"}])],
    ],
)
async def test_a_blok_that_cannot_be_drawn_refuses_the_registration(
    make_agent: Make, declared: list[dict[str, Any]]
) -> None:
    agent = make_agent(bloks=declared)
    await agent.dial()
    await agent.register()
    assert (await agent.next("PROTOCOL_ERROR"))["error"]
    assert await count(models.Blok) == 0
    assert await count(models.Implementation) == 0


async def test_assets_are_shared_by_their_bytes(make_agent: Make) -> None:
    first, second = make_agent("first", assets=[asset()]), make_agent("second", assets=[asset("x")])
    await first.connect()
    await second.connect()
    assert await count(models.Asset) == 1
    assert await count(models.AgentAsset) == 2
    first.hash = "2"
    await first.abort()
    await first.connect(force=True, assets=[])
    assert await count(models.AgentAsset) == 1


async def test_an_agent_is_told_to_drop_values_until_it_did(
    make_agent: Make, ada: Any, graphql: Any
) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.report("SHELVE", ref="1", identifier="@lab/cell", resource_id="cell-1")
    await agent.acknowledged()
    collect = 'mutation { collect(input: {drawers: ["cell-1"]}) }'
    assert len((await graphql(collect, ada)).ok()["collect"]) == 1
    assert (await agent.next("COLLECT"))["drawers"] == ["cell-1"]
    await agent.abort()
    await agent.connect()
    assert (await agent.next("COLLECT"))["drawers"] == ["cell-1"]
    await agent.report("UNSHELVE", ref="2", drawer="cell-1")
    await agent.acknowledged()
    assert await count(models.Drawer) == 0
    await agent.abort()
    await agent.connect()
    assert await agent.nothing("COLLECT")
