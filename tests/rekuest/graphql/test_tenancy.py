"""Every root field against strangers; a new field without a case fails here.

Strangers change nothing, so one world serves all fields; our own mutations get a world each.
"""

from __future__ import annotations

from typing import Any

import kept
import pytest
import pytest_asyncio
import world as rows
from asgiref.sync import sync_to_async

from chassis.objectstore.memory import MemoryStore
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from chassis.testing.tenancy import RootField, TenancySuite, World, root_fields
from rekuest_server.graphql.schema import schema

MARKER = "zq7-ours"
BYTES = b"an image"
DEFINITION = {
    "key": "wrapped",
    "version": "1",
    "name": "Wrapped",
    "kind": "FUNCTION",
    "args": [{"key": "b", "kind": "INT"}],
    "returns": [{"key": "sum", "kind": "INT"}],
}


def make(ours: Member, theirs: Member) -> World:
    made = rows.make(ours.principal, marker=MARKER)
    rows.make(theirs.principal, marker="theirs")
    things = kept.make_kept(made, MARKER)
    running = rows.make_running_task(made)
    return World(
        ours=ours,
        theirs=theirs,
        marker=MARKER,
        arguments={**of_broker(made, running), **of_kept(made, things)},
        # A wish for a foreign implementation is NO_TARGET, as one for an absent one is; the others
        # make something new of the caller's own.
        creates=frozenset({"assign", *OWN}),
    )


#: Fields that make or read what the caller has itself, without naming a row.
OWN = (
    "baseCatalog",
    "createBlok",
    "createDashboard",
    "createSpace",
    "ensureAgent",
    "implementAgent",
    "registerUiCatalog",
    "requestAssetUpload",
    "requestMediaUpload",
    "shelveInMemoryDrawer",
)


def of_broker(made: rows.Rows, running: Any) -> dict[str, Any]:
    task = {"task": str(running.pk)}
    letter = str(rows.make_dead_letter(made, MARKER).pk)
    return {
        "action": {"id": str(made.action.pk)},
        "agent": {"id": str(made.agent.pk)},
        "implementation": {"id": str(made.implementation.pk)},
        "implementationAt": {
            "agent": str(made.agent.pk),
            "interface": made.implementation.interface,
        },
        "myImplementationAt": {"interface": made.implementation.interface},
        "state": {"id": str(made.state.pk)},
        "stateFor": {"agent": str(made.agent.pk), "demand": {"key": "stage"}},
        "checkoutAgent": {"agent": str(made.agent.pk)},
        "task": {"id": str(made.task.pk)},
        "event": {"id": str(made.event.pk)},
        "assign": {
            "input": {
                "implementation": str(made.implementation.pk),
                "args": {"a": 1},
                "capture": False,
            }
        },
        "cancel": {"input": task},
        "interrupt": {"input": task},
        "pause": {"input": task},
        "resume": {"input": {"task": str(rows.make_paused_task(made).pk)}},
        "decide": {"input": {"task": str(rows.make_held_task(made).pk), "approved": True}},
        "dependencyTree": {"input": {"implementation": str(made.implementation.pk)}},
        "autoResolve": {"input": {"implementation": str(made.implementation.pk)}},
        "createHigherOrderImplementation": {
            "input": {
                "lower": str(made.implementation.pk),
                "interface": "wrapped",
                "definition": DEFINITION,
                "config": {"args": {"a": 1}},
            }
        },
        "block": {"input": {"agent": str(made.agent.pk)}},
        "unblock": {"input": {"agent": str(made.agent.pk)}},
        "drainAgent": {"input": {"agent": str(made.agent.pk)}},
        "bounce": {"input": {"agent": str(made.agent.pk)}},
        "kick": {"input": {"agent": str(made.agent.pk)}},
        "pinAgent": {"input": {"id": str(made.agent.pk), "pin": True}},
        "updateAgent": {"input": {"id": str(made.agent.pk), "name": "x"}},
        "deleteAgent": {"input": {"id": str(made.agent.pk)}},
        "replayDeadLetter": {"id": letter},
        "dismissDeadLetter": {"id": letter},
        "setRunPolicy": {"input": {"action": str(made.action.pk), "runLimitSeconds": 60.0}},
        "deleteRunPolicy": {"action": str(made.action.pk)},
        "ensureAgent": {"input": {"name": "x"}},
        "implementAgent": {"input": {"name": "x"}},
    }


def of_kept(made: rows.Rows, things: kept.Kept) -> dict[str, Any]:
    action, implementation = str(made.action.pk), str(made.implementation.pk)
    blok, bound = str(things.blok.pk), str(things.bound.pk)
    revision, store = str(things.revision.pk), str(things.store.pk)

    def one(row: Any) -> dict[str, Any]:
        return {"id": str(row.pk)}

    return {
        "shortcut": one(things.shortcut),
        "toolbox": one(things.toolbox),
        "testCase": one(things.case),
        "testResult": one(things.result),
        "uiCatalog": one(things.catalog),
        "blok": one(things.blok),
        "materializedBlok": one(things.bound),
        "dashboard": one(things.dashboard),
        "space": one(things.space),
        "memoryDrawer": one(things.drawer),
        "resolution": one(things.resolution),
        "resolvedImplementations": {"resolution": str(things.resolution.pk)},
        "bloksForModel": {"ref": "x"},
        "asset": {"ref": things.asset.ref},
        "createShortcut": {"input": {"name": "x", "action": action, "args": {"a": 2}}},
        "deleteShortcut": {"input": one(things.shortcut)},
        "createTestCase": {"input": {"action": action, "tester": action}},
        "createTestResult": {
            "input": {
                "case": str(things.case.pk),
                "tester": implementation,
                "implementation": implementation,
                "passed": True,
            }
        },
        "requestMediaUpload": {"input": {"originalFileName": "x"}},
        "requestMediaAccess": {"input": {"storeId": store}},
        "finishMediaUpload": {"input": {"storeId": store}},
        "requestAssetUpload": {"input": {"ref": "sha256:" + "1" * 64}},
        "createAsset": {"input": {"ref": "sha256:" + "1" * 64, "store": store}},
        "shelveInMemoryDrawer": {"input": {"identifier": "@a/b", "resourceId": "x"}},
        "unshelveMemoryDrawer": {"input": one(things.drawer)},
        "collect": {"input": {"drawers": [str(things.drawer.pk)]}},
        "createDashboard": {"input": {"name": "x"}},
        "updateDashboard": {"input": one(things.dashboard) | {"name": "y"}},
        "deleteDashboard": {"input": one(things.dashboard)},
        "createSpace": {"input": {"name": "x"}},
        "deleteSpace": {"input": one(things.space)},
        "createBlok": {"input": {"name": "x"}},
        "editBlok": {"input": {"blok": blok, "base": revision, "source": "<Card />"}},
        "forkBlok": {"input": {"id": blok}},
        "updateBlok": {"input": {"id": blok, "name": "y"}},
        "revertBlok": {"input": {"blok": blok, "to": revision, "base": revision}},
        "deleteBlok": {"input": {"id": blok}},
        "materializeBlok": {"input": {"blok": blok}},
        "pinMaterializedBlok": {"input": {"id": bound, "revision": revision}},
        "updateMaterializedBlok": {"input": {"id": bound, "agentMappings": []}},
        "deleteMaterializedBlok": {"input": {"id": bound}},
        "registerUiCatalog": {"input": {"name": "x"}},
    }


class Suite(TenancySuite):
    schema = schema


SUITE = Suite()
ROOTS = root_fields(schema)


@pytest_asyncio.fixture
async def world(application: Any, two_organizations: tuple[Member, Member]) -> World:
    return await sync_to_async(make)(*two_organizations)


async def test_our_queries_are_served(graphql: GraphQLClient, world: World) -> None:
    for root in ROOTS:
        if root.kind == "query":
            await SUITE.test_ourselves_are_served(graphql, root, world)


@pytest.mark.parametrize("root", [root for root in ROOTS if root.kind == "mutation"], ids=str)
async def test_our_mutations_are_served(
    graphql: GraphQLClient, world: World, objects: MemoryStore, root: RootField
) -> None:
    store = world.arguments["requestMediaAccess"]["input"]["storeId"]
    await objects.put("rekuest-media", f"{world.ours.principal.organization}/0", BYTES)
    assert store
    await SUITE.test_ourselves_are_served(graphql, root, world)


async def test_nobody_is_refused_everything(graphql: GraphQLClient, world: World) -> None:
    for root in ROOTS:
        await SUITE.test_anonymous_is_refused(graphql, root, world)


async def test_other_organization_learns_nothing(graphql: GraphQLClient, world: World) -> None:
    for root in ROOTS:
        try:
            await SUITE.test_other_organization_learns_nothing(graphql, root, world)
        except AssertionError as error:
            raise AssertionError(f"{root}: {error}") from error


async def test_a_member_without_roles_is_refused_everything(
    graphql: GraphQLClient, world: World, mint: TokenMint
) -> None:
    for root in ROOTS:
        await SUITE.test_member_without_roles_is_refused(graphql, root, world, mint)


async def test_a_viewer_changes_nothing(
    graphql: GraphQLClient, world: World, mint: TokenMint
) -> None:
    claims = world.ours.principal
    viewer = mint.member(
        sub=claims.subject,
        org=claims.organization,
        active_org=claims.organization_slug,
        client_id=claims.client,
        roles=["viewer"],
    )
    for root in ROOTS:
        answer = await SUITE._ask(graphql, root, world, viewer)
        is_admins = root.name == "deadLetters"
        if is_admins or (root.kind == "mutation" and root.name != "requestMediaAccess"):
            assert answer.codes == ["PERMISSION_DENIED"], (root, answer)
        else:
            assert "PERMISSION_DENIED" not in answer.codes, (root, answer)
