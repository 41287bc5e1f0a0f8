"""The released client's documents about what people keep, with real rows behind them."""

from __future__ import annotations

import hashlib
from typing import Any

import kept
import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from rows import count

from chassis.objectstore.contract import Mode
from chassis.objectstore.memory import MemoryStore
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server import models

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]


class Caller:
    """Runs the client's documents as one member."""

    def __init__(self, graphql: GraphQLClient, documents: Documents, member: Member) -> None:
        self.graphql = graphql
        self.documents = documents
        self.member = member

    async def __call__(self, name: str, **variables: Any) -> Any:
        """Return the one root field of an answer without errors."""
        data = (await self.graphql(self.documents[name], self.member, **variables)).ok()
        (value,) = data.values()
        return value

    async def refused(self, name: str, **variables: Any) -> tuple[str, str | None]:
        """Return the code and the field of an answer that is refused."""
        answer = await self.graphql(self.documents[name], self.member, **variables)
        (error,) = answer.errors
        return error["extensions"]["code"], error["extensions"].get("field")


@pytest.fixture
def call(graphql: GraphQLClient, documents: Documents, ours: Ours) -> Caller:
    return Caller(graphql, documents, ours[0])


@pytest_asyncio.fixture
async def things(ours: Ours) -> kept.Kept:
    return await sync_to_async(kept.make_kept)(ours[1])


# shortcuts


async def test_a_shortcut_is_made_found_and_deleted(
    call: Caller, ours: Ours, graphql: GraphQLClient
) -> None:
    action = str(ours[1].action.pk)
    made = await call(
        "CreateShortcut",
        input={"name": " One plus ", "action": action, "args": {"a": 1}, "useReturns": True},
    )
    assert made["name"] == "One plus"
    assert made["savedArgs"] == {"a": 1}
    assert [port["key"] for port in made["args"]] == ["b"]
    assert [port["key"] for port in made["returns"]] == ["sum"]
    assert made["action"]["id"] == action
    again = await call("GetShortcut", id=made["id"])
    assert again == made
    assert [box["name"] for box in await call("ListToolboxes")] == ["Shortcuts"]
    delete = "mutation d($id: ID!) { deleteShortcut(input: {id: $id}) }"
    assert (await graphql(delete, call.member, id=made["id"])).ok() == {
        "deleteShortcut": made["id"]
    }
    assert await call.refused("GetShortcut", id=made["id"]) == ("NOT_FOUND", None)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"args": {"c": 1}}, ("INVALID_INPUT", "args.c")),
        ({"name": "  "}, ("INVALID_INPUT", "name")),
        ({"action": "0"}, ("NOT_FOUND", "action")),
        ({"action": "x"}, ("NOT_FOUND", None)),
        ({"toolbox": "0"}, ("NOT_FOUND", "toolbox")),
    ],
)
async def test_a_shortcut_that_does_not_fit_is_refused(
    call: Caller, ours: Ours, changes: dict[str, Any], refusal: tuple[str, str | None]
) -> None:
    given = {"name": "x", "action": str(ours[1].action.pk), "args": {}} | changes
    assert await call.refused("CreateShortcut", input=given) == refusal
    assert await count(models.Shortcut) == 0
    assert await count(models.Toolbox) == 0


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"search": "OURS"}, 1),
        ({"search": "x"}, 0),
        ({"assignable": True}, 1),
        ({"assignable": False}, 0),
        ({"demands": [{"kind": "ARGS", "matches": [{"kind": "INT"}]}]}, 1),
        ({"demands": [{"kind": "ARGS", "matches": [{"kind": "STRING"}]}]}, 0),
        ({"toolbox": "0"}, 0),
        ({"ids": ["0", "x"]}, 0),
    ],
)
async def test_shortcuts_are_filtered_and_put_in_order(
    call: Caller, things: kept.Kept, filters: dict[str, Any], found: int
) -> None:
    for ordering in ([{"name": "ASC"}], [{"assignable": "DESC"}], []):
        listed = await call("ListShortcuts", filters=filters, ordering=ordering)
        assert len(listed) == found


async def test_shortcuts_are_read_once_however_many(
    call: Caller, things: kept.Kept, statements: list[str]
) -> None:
    for number in range(4):
        await sync_to_async(models.Shortcut.objects.create)(
            organization_id=things.shortcut.organization_id,
            toolbox=things.toolbox,
            action_id=things.shortcut.action_id,
            creator_id=things.shortcut.creator_id,
            name=f"s{number}",
        )
    statements.clear()
    assert len(await call("ListShortcuts")) == 5
    assert len(statements) == 1, statements


async def test_toolboxes_are_found_by_text_and_id(call: Caller, things: kept.Kept) -> None:
    box = str(things.toolbox.pk)
    assert (await call("GetToolbox", id=box))["description"] == "ours"
    for filters in ({"search": "TOOLS"}, {"ids": [box]}, {"name": {"iContains": "ours"}}):
        assert [item["id"] for item in await call("ListToolboxes", filters=filters)] == [box]
    assert await call("ListToolboxes", filters={"search": "x"}, ordering=[{"name": "DESC"}]) == []


# test cases


async def test_a_case_and_its_result_are_kept(call: Caller, ours: Ours) -> None:
    action, implementation = str(ours[1].action.pk), str(ours[1].implementation.pk)
    case = await call("create_testcase", input={"action": action, "tester": action})
    assert case["name"] == "Add ours tries Add ours"
    assert (await call("GetTestCase", id=case["id"])) == case
    result = await call(
        "create_testresult",
        input={
            "case": case["id"],
            "tester": implementation,
            "implementation": implementation,
            "passed": False,
            "result": {"why": "off by one"},
        },
    )
    assert (result["passed"], result["case"]["id"]) == (False, case["id"])
    assert (await call("GetTestResult", id=result["id"])) == result
    stored = await sync_to_async(models.TestResult.objects.get)(pk=result["id"])
    assert stored.result == {"why": "off by one"}


async def test_a_result_of_another_action_is_refused(call: Caller, ours: Ours) -> None:
    rows = ours[1]
    other = await sync_to_async(world.make_action)(rows.organization, rows.action.app, world.SHOW)
    case = await call("create_testcase", input={"action": str(other.pk), "tester": str(other.pk)})
    implementation = str(rows.implementation.pk)
    given = {"case": case["id"], "tester": implementation, "implementation": implementation}
    refusal = await call.refused("create_testresult", input=given | {"passed": True})
    assert refusal == ("INVALID_INPUT", "implementation")
    assert await count(models.TestResult) == 0


async def test_cases_and_results_are_searched(call: Caller, things: kept.Kept) -> None:
    for name, row in (("SearchTestCases", things.case), ("SearchTestResults", things.result)):
        by_text = await call(name, search="OURS")
        assert [option["value"] for option in by_text] == [str(row.pk)]
        assert await call(name, values=[str(row.pk)]) == by_text
        assert await call(name, search="nothing") == []


# dashboards and spaces


async def test_a_dashboard_is_made_changed_and_deleted(
    call: Caller, graphql: GraphQLClient, things: kept.Kept
) -> None:
    bound = str(things.bound.pk)
    made = await call("CreateDashboard", input={"name": "Lab", "bloks": [bound]})
    assert (await call("GetDashboard", id=made["id"])) == made
    query = "query q($id: ID!) { dashboard(id: $id) { name bloks { name } } }"
    page = (await graphql(query, call.member, id=made["id"])).ok()["dashboard"]
    assert page == {"name": "Lab", "bloks": [{"name": "bound ours"}]}
    update = "mutation u($in: UpdateDashboardInput!) { updateDashboard(input: $in) { name } }"
    changes = {"id": made["id"], "name": "Bench", "bloks": []}
    renamed = (await graphql(update, call.member, **{"in": changes})).ok()
    assert renamed == {"updateDashboard": {"name": "Bench"}}
    page = (await graphql(query, call.member, id=made["id"])).ok()["dashboard"]
    assert page == {"name": "Bench", "bloks": []}
    delete = "mutation d($id: ID!) { deleteDashboard(input: {id: $id}) }"
    assert (await graphql(delete, call.member, id=made["id"])).ok() == {"deleteDashboard": True}
    assert await call.refused("GetDashboard", id=made["id"]) == ("NOT_FOUND", None)
    assert await count(models.MaterializedBlok) == 1


async def test_a_dashboard_of_an_absent_blok_is_not_made(call: Caller, ours: Ours) -> None:
    refusal = await call.refused("CreateDashboard", input={"name": "x", "bloks": ["0"]})
    assert refusal == ("NOT_FOUND", "blok")
    assert await count(models.Dashboard) == 0


async def test_a_space_places_agents(
    call: Caller, graphql: GraphQLClient, ours: Ours, things: kept.Kept
) -> None:
    matrix = [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    placement = {
        "agent": str(ours[1].agent.pk),
        "role": "stage",
        "affineMatrix": matrix,
        "blok": str(things.bound.pk),
    }
    made = await call("CreateSpace", input={"name": "Room", "placements": [placement]})
    query = """query q($id: ID!) { space(id: $id) { name placements {
        role affineMatrix agent { id } blok { id } } } }"""
    space = (await graphql(query, call.member, id=made["id"])).ok()["space"]
    assert space["placements"] == [
        {
            "role": "stage",
            "affineMatrix": matrix,
            "agent": {"id": str(ours[1].agent.pk)},
            "blok": {"id": str(things.bound.pk)},
        }
    ]
    found = (await graphql('{ spaces(filters: {search: "ROO"}) { name } }', call.member)).ok()
    assert sorted(item["name"] for item in found["spaces"]) == ["Room", "room ours"]


@pytest.mark.parametrize("matrix", [[], [[1.0]], [[1.0, 0, 0, 0]] * 3, [[1.0, 0, 0]] * 4])
async def test_a_matrix_of_another_shape_is_refused(
    call: Caller, ours: Ours, matrix: list[list[float]]
) -> None:
    placement = {"agent": str(ours[1].agent.pk), "affineMatrix": matrix}
    refusal = await call.refused("CreateSpace", input={"name": "x", "placements": [placement]})
    assert refusal == ("INVALID_INPUT", "affineMatrix")
    assert await count(models.Space) == 0


# media and assets


async def test_a_file_is_uploaded_confirmed_and_read(
    call: Caller, objects: MemoryStore, ours: Ours
) -> None:
    grant = await call("RequestMediaUpload", input={"originalFileName": "a.png", "fileSize": 3})
    assert grant["key"].startswith(f"{ours[0].principal.organization}/")
    assert grant["path"] == f"s3://{grant['bucket']}/{grant['key']}"
    assert objects.granted[-1].scope.mode is Mode.WRITE
    assert objects.granted[-1].scope.key == grant["key"]
    early = {"storeId": grant["store"]}
    assert await call.refused("RequestMediaAccess", input=early) == ("INVALID_INPUT", "storeId")
    await objects.put(grant["bucket"], grant["key"], b"abc")
    stored = await call("FinishMediaUpload", input=early)
    assert stored["key"] == grant["key"]
    access = await call("RequestMediaAccess", input=early)
    assert access["key"] == grant["key"]
    assert objects.granted[-1].scope.mode is Mode.READ
    row = await sync_to_async(models.MediaStore.objects.get)(pk=grant["store"])
    assert (row.state, row.size) == ("POPULATED", 3)


async def test_a_file_nobody_confirmed_can_be_read_once_it_is_there(
    call: Caller, objects: MemoryStore, ours: Ours
) -> None:
    grant = await call("RequestMediaUpload", input={"originalFileName": "a.png"})
    await objects.put(grant["bucket"], grant["key"], b"abc")
    assert (await call("RequestMediaAccess", input={"storeId": grant["store"]}))["sessionToken"]


async def test_a_given_up_upload_is_dropped(call: Caller, objects: MemoryStore) -> None:
    grant = await call("RequestMediaUpload", input={"originalFileName": "a.png"})
    await objects.put(grant["bucket"], grant["key"], b"abc")
    await call("FinishMediaUpload", input={"storeId": grant["store"], "valid": False})
    assert objects.objects == {}
    refusal = await call.refused("RequestMediaAccess", input={"storeId": grant["store"]})
    assert refusal == ("CONFLICT", "storeId")


async def test_a_file_over_the_limit_is_refused_before_and_after(
    call: Caller, objects: MemoryStore, things: kept.Kept
) -> None:
    given = {"originalFileName": "a", "fileSize": 1024**4}
    assert await call.refused("RequestMediaUpload", input=given) == (
        "PAYLOAD_TOO_LARGE",
        "fileSize",
    )
    await sync_to_async(models.Asset.objects.all().delete)()
    await objects.put(things.store.bucket, things.store.key, b"x" * 1001)
    refusal = await call.refused("FinishMediaUpload", input={"storeId": str(things.store.pk)})
    assert refusal == ("PAYLOAD_TOO_LARGE", "storeId")
    assert objects.objects == {}


async def test_an_asset_is_stored_under_the_hash_of_its_bytes(
    call: Caller, objects: MemoryStore, ours: Ours
) -> None:
    data = b"glTF and more"
    ref = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert await call("StoredAsset", ref=ref) is None
    grant = await call("RequestAssetUpload", input={"ref": ref, "size": len(data)})
    await objects.put(grant["bucket"], grant["key"], data)
    made = await call("CreateAsset", input={"ref": ref, "store": grant["store"]})
    assert (made["ref"], made["kind"]) == (ref, "MODEL_3D")
    assert await call("StoredAsset", ref=ref) == made
    second = await call("RequestAssetUpload", input={"ref": ref})
    await objects.put(second["bucket"], second["key"], data)
    assert await call("CreateAsset", input={"ref": ref, "store": second["store"]}) == made
    assert set(objects.objects) == {(grant["bucket"], grant["key"])}


async def test_bytes_of_another_hash_are_dropped(
    call: Caller, objects: MemoryStore, ours: Ours
) -> None:
    ref = "sha256:" + "a" * 64
    grant = await call("RequestAssetUpload", input={"ref": ref})
    await objects.put(grant["bucket"], grant["key"], b"something else")
    given = {"ref": ref, "store": grant["store"]}
    assert await call.refused("CreateAsset", input=given) == ("INVALID_INPUT", "ref")
    assert objects.objects == {}
    assert await call("StoredAsset", ref=ref) is None


@pytest.mark.parametrize("ref", ["", "md5:0", "sha256:0", "sha256:" + "G" * 64])
async def test_a_ref_that_is_no_hash_is_refused(call: Caller, ref: str) -> None:
    assert await call.refused("RequestAssetUpload", input={"ref": ref}) == ("INVALID_INPUT", "ref")


# drawers


async def test_a_drawer_is_shelved_and_forgotten(
    call: Caller, ours: Ours, graphql: GraphQLClient
) -> None:
    made = await call(
        "shelve", input={"identifier": "@lab/cell", "resourceId": "r1", "label": "Cell"}
    )
    again = await call(
        "shelve", input={"identifier": "@lab/cell", "resourceId": "r1", "label": "Cell two"}
    )
    assert again == made
    query = '{ memoryDrawers(filters: {search: "two"}) { id label shelve { id } } }'
    listed = (await graphql(query, call.member)).ok()["memoryDrawers"]
    assert listed == [
        {"id": made["id"], "label": "Cell two", "shelve": {"id": str(ours[1].agent.pk)}}
    ]
    assert await call("unshelve", input={"id": "r1"}) == made["id"]
    assert await call.refused("unshelve", input={"id": "r1"}) == ("NOT_FOUND", None)


async def test_a_client_without_an_agent_has_no_shelf(
    graphql: GraphQLClient, documents: Documents, ours: Ours, ada: Member
) -> None:
    stranger = Caller(graphql, documents, ada)
    refusal = await stranger.refused("shelve", input={"identifier": "@a/b", "resourceId": "r"})
    assert refusal == ("NOT_FOUND", None)


async def test_collecting_marks_the_drawers_until_their_agents_drop_them(
    call: Caller, things: kept.Kept
) -> None:
    drawer = str(things.drawer.pk)
    for key in (drawer, things.drawer.resource_id):
        assert await call("collect", input={"drawers": [key, "0"]}) == [drawer]
    row = await sync_to_async(models.Drawer.objects.get)(pk=drawer)
    assert row.collected_at is not None
    assert await call.refused("collect", input={"drawers": ["0"]}) == ("NOT_FOUND", None)
    assert await call("collect", input={"drawers": []}) == []
