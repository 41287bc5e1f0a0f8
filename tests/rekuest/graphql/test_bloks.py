"""Bloks and catalogs by the documents of the client: revisions, conflicts, copies, bindings."""

from __future__ import annotations

from typing import Any

import kept
import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from rows import count

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server import models

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]
CARD = {"name": "Card", "props": [{"key": "title", "kind": "STRING", "required": True}]}


@pytest.fixture
def call(graphql: GraphQLClient, documents: Documents, ours: Ours) -> Any:
    async def send(name: str, **variables: Any) -> Any:
        answer = await graphql(documents[name], ours[0], **variables)
        if answer.errors:
            (error,) = answer.errors
            return error["extensions"]["code"], error["extensions"].get("field")
        (value,) = (answer.data or {}).values()
        return value

    return send


@pytest_asyncio.fixture
async def things(ours: Ours) -> kept.Kept:
    return await sync_to_async(kept.make_kept)(ours[1])


@sync_to_async
def provide(rows: world.Rows, blok: models.Blok) -> None:
    """Make a blok one of an app."""
    models.Blok.objects.filter(pk=blok.pk).update(app=rows.action.app, key="k")


def node(id: str, component: str = "Card", **props: Any) -> dict[str, Any]:
    made = [{"key": key, "staticValue": value} for key, value in props.items()]
    return {"id": id, "component": component, "props": made}


async def test_a_blok_is_made_with_its_first_revision(call: Any, ours: Ours) -> None:
    given = {
        "name": "Panel",
        "components": [node("a", title="x")],
        "demoState": {"n": 1},
        "dependencies": [
            {
                "key": "stage",
                "app": "app.ours",
                "actionDependencies": [{"key": "move", "demand": {"key": "add"}}],
                "stateDependencies": [],
            }
        ],
    }
    made = await call("CreateBlok", input=given)
    (found,) = await call("ListBloks", search="PANEL", provided=False)
    assert found["id"] == made["id"]
    assert found["componentTree"][0]["component"] == "Card"
    assert found["componentTree"][0]["props"][0]["static_value"] == "x"
    assert found["demoState"] == {"n": 1}
    assert found["context"] == "HTML"
    assert found["catalog"]["name"] == "default"
    assert found["diagnostics"] == []
    (dependency,) = found["dependencies"]
    assert (dependency["key"], dependency["appFilter"]) == ("stage", "app.ours")
    assert dependency["actionDependencies"][0]["demand"]["key"] == "add"
    assert found["head"]["number"] == 1
    assert found["head"]["author"]["sub"] == ours[0].principal.subject
    assert await call("ListBloks", provided=True) == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": ""}, ("INVALID_INPUT", "name")),
        ({"components": [node("a"), node("a")]}, ("INVALID_INPUT", "components")),
        ({"components": [], "source": "<Card />"}, ("INVALID_INPUT", None)),
    ],
)
async def test_a_blok_that_cannot_be_drawn_is_refused(
    call: Any, ours: Ours, changes: dict[str, Any], refusal: tuple[str, str | None]
) -> None:
    assert await call("CreateBlok", input={"name": "x"} | changes) == refusal
    assert await count(models.Blok) == 0


async def test_a_source_is_kept_as_it_was_written(call: Any, ours: Ours) -> None:
    await call("CreateBlok", input={"name": "x", "source": "<Card title='y' />"})
    (found,) = await call("ListBloks")
    assert found["componentTree"] == {"source": "<Card title='y' />"}
    assert [finding["code"] for finding in found["diagnostics"]] == ["source_not_checked"]


async def test_an_edit_makes_a_revision_on_top_of_the_one_that_was_read(
    call: Any, things: kept.Kept
) -> None:
    blok, first = str(things.blok.pk), str(things.revision.pk)
    given = {"blok": blok, "base": first, "components": [node("b")], "message": "less"}
    edit = await call("EditBlok", input=given)
    assert (edit["applied"], edit["forked"]) == (True, False)
    assert (edit["revision"]["number"], edit["revision"]["message"]) == (2, "less")
    assert edit["blok"]["componentTree"][0]["id"] == "b"
    assert edit["blok"]["demoState"] == {"n": 1}
    assert await call("EditBlok", input=given | {"demoState": {"n": 2}}) == ("CONFLICT", "base")
    pages = await call("BlokRevisions", id=blok)
    assert [page["number"] for page in pages["revisions"]] == [2, 1]
    page = await call("BlokRevisions", id=blok, limit=1, offset=1)
    assert [item["number"] for item in page["revisions"]] == [1]
    assert await call("BlokRevisions", id=blok, limit=-1) == ("INVALID_INPUT", "limit")


async def test_an_edit_that_changes_nothing_makes_no_revision(call: Any, things: kept.Kept) -> None:
    given = {"blok": str(things.blok.pk), "components": [node("b")]}
    assert (await call("EditBlok", input=given))["applied"] is True
    again = await call("EditBlok", input=given)
    assert (again["applied"], again["revision"]) == (False, None)
    assert await count(models.BlokRevision) == 2


async def test_a_dry_run_tells_the_findings_and_changes_nothing(
    call: Any, things: kept.Kept
) -> None:
    await call("RegisterUiCatalog", input={"name": "catalog ours", "components": [CARD]})
    given = {"blok": str(things.blok.pk), "components": [node("b", "Gone")], "dryRun": True}
    edit = await call("EditBlok", input=given)
    assert edit["applied"] is False
    assert [finding["code"] for finding in edit["diagnostics"]] == ["unknown_component"]
    assert await count(models.BlokRevision) == 1


async def test_a_blok_of_an_app_is_copied_before_it_is_edited(
    call: Any, ours: Ours, things: kept.Kept
) -> None:
    await provide(ours[1], things.blok)
    bound = str(things.bound.pk)
    edit = await call("EditBlok", input={"materializedBlok": bound, "components": [node("b")]})
    assert (edit["applied"], edit["forked"]) == (True, True)
    assert edit["blok"]["id"] != str(things.blok.pk)
    assert edit["materializedBlok"]["id"] == bound
    assert edit["materializedBlok"]["blok"]["id"] == edit["blok"]["id"]
    original = await sync_to_async(models.Blok.objects.get)(pk=things.blok.pk)
    assert original.content["components"] == kept.TREE
    for name, given in (
        ("UpdateBlok", {"id": str(things.blok.pk), "name": "mine"}),
        (
            "RevertBlok",
            {
                "blok": str(things.blok.pk),
                "to": str(things.revision.pk),
                "base": str(things.revision.pk),
            },
        ),
    ):
        assert (await call(name, input=given))[0] == "CONFLICT"


async def test_a_blok_is_renamed_and_its_content_changed_at_once(
    call: Any, things: kept.Kept
) -> None:
    blok = str(things.blok.pk)
    given = {"id": blok, "name": "New", "description": "d", "components": [node("b")]}
    updated = await call("UpdateBlok", input=given)
    assert (updated["name"], updated["description"]) == ("New", "d")
    assert updated["head"]["number"] == 2
    renamed = await call("UpdateBlok", input={"id": blok, "name": "Newer"})
    assert (renamed["name"], renamed["head"]["number"]) == ("Newer", 2)


async def test_a_revert_is_a_revision_with_the_old_content(call: Any, things: kept.Kept) -> None:
    blok, first = str(things.blok.pk), str(things.revision.pk)
    edit = await call("EditBlok", input={"blok": blok, "components": [node("b")]})
    given = {"blok": blok, "to": first, "base": first}
    assert await call("RevertBlok", input=given) == ("CONFLICT", "base")
    back = await call("RevertBlok", input=given | {"base": edit["revision"]["id"]})
    assert (back["number"], back["message"]) == (3, "Back to revision 1")
    (found,) = await call("ListBloks", search="ours")
    assert found["componentTree"] == kept.TREE
    absent = {"blok": blok, "to": "0", "base": back["id"]}
    assert await call("RevertBlok", input=absent) == ("NOT_FOUND", "to")


async def test_a_copy_remembers_what_it_is_a_copy_of(call: Any, things: kept.Kept) -> None:
    copy = await call("ForkBlok", input={"id": str(things.blok.pk)})
    assert copy["name"] == "Copy of blok ours"
    assert copy["componentTree"] == kept.TREE
    row = await sync_to_async(models.Blok.objects.get)(pk=copy["id"])
    assert row.origin == str(things.blok.pk)


async def test_a_blok_is_bound_pinned_and_bound_anew(
    call: Any, ours: Ours, things: kept.Kept
) -> None:
    agent = str(ours[1].agent.pk)
    made = await call(
        "MaterializeBlok",
        input={
            "blok": str(things.blok.pk),
            "dashboard": str(things.dashboard.pk),
            "name": "Left",
            "scope": "DASHBOARD",
        },
    )
    found = await call("GetMaterializedBlok", id=made["id"])
    assert (found["name"], found["unboundDependencies"]) == ("Left", ["adder"])
    bound = await call(
        "UpdateMaterializedBlok",
        input={"id": made["id"], "agentMappings": [{"key": "adder", "agent": agent}]},
    )
    assert bound["unboundDependencies"] == []
    assert bound["agentMappings"][0]["agent"]["id"] == agent
    pinned = await call(
        "PinMaterializedBlok", input={"id": made["id"], "revision": str(things.revision.pk)}
    )
    assert pinned["pinnedRevision"]["number"] == 1
    loose = await call("PinMaterializedBlok", input={"id": made["id"]})
    assert loose["pinnedRevision"] is None
    assert await sync_to_async(things.dashboard.bloks.count)() == 2
    options = await call("SearchMaterializedBloks", search="LEFT")
    assert [option["value"] for option in options] == [made["id"]]
    assert await call("SearchMaterializedBloks", values=[made["id"]]) == options


@pytest.mark.parametrize(
    ("mapping", "refusal"),
    [
        ({"key": "gone"}, ("INVALID_INPUT", "agentMappings")),
        ({"agent": "0"}, ("NOT_FOUND", "agent")),
    ],
)
async def test_a_binding_that_leads_nowhere_is_refused(
    call: Any,
    ours: Ours,
    things: kept.Kept,
    mapping: dict[str, Any],
    refusal: tuple[str, str],
) -> None:
    given = {"key": "adder", "agent": str(ours[1].agent.pk)} | mapping
    made = {"blok": str(things.blok.pk), "agentMappings": [given]}
    assert await call("MaterializeBlok", input=made) == refusal
    assert await count(models.MaterializedBlok) == 1


async def test_a_pin_to_a_revision_of_another_blok_is_refused(call: Any, things: kept.Kept) -> None:
    copy = await call("ForkBlok", input={"id": str(things.blok.pk)})
    given = {"id": str(things.bound.pk), "revision": copy["head"]["id"]}
    assert await call("PinMaterializedBlok", input=given) == ("NOT_FOUND", "revision")


# catalogs


async def test_the_base_catalog_is_the_one_the_clients_hold(call: Any, ours: Ours) -> None:
    catalog = await call("BaseCatalog")
    assert (catalog["name"], catalog["version"]) == ("base", 1)
    operations = {item["name"]: item for item in catalog["operations"]}
    assert [argument["key"] for argument in operations["eq"]["arguments"]] == ["a", "b"]
    assert operations["eq"]["returns"] == "BOOL"


async def test_a_registered_catalog_judges_the_bloks_that_use_it(call: Any, ours: Ours) -> None:
    given = {"name": "Panel", "catalog": "desk", "components": [node("a"), node("b", "Gone")]}
    await call("CreateBlok", input=given)
    (before,) = await call("UiCatalogs")
    assert (before["name"], before["isRegistered"]) == ("desk", False)
    (blok,) = await call("ListBloks")
    assert blok["diagnostics"] == []
    catalog = await call("RegisterUiCatalog", input={"name": "desk", "components": [CARD]})
    assert catalog["id"] == before["id"]
    assert catalog["components"][0]["props"][0]["key"] == "title"
    assert (await call("UiCatalog", id=catalog["id"])) == catalog
    (blok,) = await call("ListBloks")
    assert sorted(item["code"] for item in blok["diagnostics"]) == [
        "missing_prop",
        "unknown_component",
    ]
    second = {"name": "Gone", "acceptsChildren": False, "props": []}
    await call(
        "RegisterUiCatalog",
        input={"name": "desk", "components": [CARD | {"props": []}, second]},
    )
    (blok,) = await call("ListBloks")
    assert blok["diagnostics"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"components": [CARD, CARD]}, "components"),
        ({"operations": [{"name": "eq", "returns": "BOOL"}]}, "operations"),
        (
            {"operations": [{"name": "x", "returns": "INT"}, {"name": "x", "returns": "INT"}]},
            "operations",
        ),
        ({"name": "\n"}, "name"),
    ],
)
async def test_a_catalog_that_contradicts_itself_is_refused(
    call: Any, ours: Ours, changes: dict[str, Any], field: str
) -> None:
    given = {"name": "desk"} | changes
    assert await call("RegisterUiCatalog", input=given) == ("INVALID_INPUT", field)
    assert await count(models.UiCatalog) == 0
