"""Every root field against strangers; a new field without a case fails here."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
import world as rows
from asgiref.sync import sync_to_async

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from chassis.testing.tenancy import TenancySuite, World, root_fields
from rekuest_server.graphql.schema import schema

MARKER = "zq7-ours"

#: Mutations that are refused, with an input of the right form.
INPUTS: dict[str, dict[str, Any]] = {
    "createShortcut": {"name": "x", "action": "1", "args": {}},
    "createTestCase": {"action": "1", "tester": "1"},
    "createTestResult": {"case": "1", "tester": "1", "implementation": "1", "passed": True},
    "requestMediaUpload": {"originalFileName": "x"},
    "requestMediaAccess": {"storeId": "x"},
    "finishMediaUpload": {"storeId": "x"},
    "requestAssetUpload": {"ref": "sha256:0"},
    "createAsset": {"ref": "sha256:0", "store": "x"},
    "shelveInMemoryDrawer": {"identifier": "@a/b", "resourceId": "x"},
    "unshelveMemoryDrawer": {"id": "x"},
    "collect": {"drawers": ["1"]},
    "createDashboard": {"name": "x"},
    "createSpace": {"name": "x"},
    "createBlok": {"name": "x"},
    "editBlok": {"blok": "1"},
    "forkBlok": {"id": "1"},
    "updateBlok": {"id": "1"},
    "revertBlok": {"blok": "1", "to": "1", "base": "1"},
    "materializeBlok": {"blok": "1"},
    "pinMaterializedBlok": {"id": "1"},
    "updateMaterializedBlok": {"id": "1"},
    "registerUiCatalog": {"name": "x"},
    "ensureAgent": {"name": "x"},
    "implementAgent": {"name": "x"},
    "createHigherOrderImplementation": {
        "lower": "1",
        "interface": "x",
        "definition": {"key": "x", "version": "1", "name": "x", "kind": "FUNCTION"},
    },
}
#: Queries that find nothing.
ABSENT: dict[str, dict[str, Any]] = {
    "baseCatalog": {},
    "blok": {"id": "1"},
    "dashboard": {"id": "1"},
    "materializedBlok": {"id": "1"},
    "resolvedImplementations": {"resolution": "1"},
    "shortcut": {"id": "1"},
    "testCase": {"id": "1"},
    "testResult": {"id": "1"},
    "toolbox": {"id": "1"},
    "uiCatalog": {"id": "1"},
}
#: Lists and lookups that are empty.
EMPTY: dict[str, dict[str, Any]] = {
    "asset": {"ref": "sha256:0"},
    "bloks": {},
    "materializedBloks": {},
    "shortcuts": {},
    "testCases": {},
    "testResults": {},
    "toolboxes": {},
    "uiCatalogs": {},
}
#: Nouns of the clients that nothing is stored of: reading finds nothing, writing is refused.
UNBUILT: dict[str, dict[str, Any]] = {
    **{name: {"input": given} for name, given in INPUTS.items()},
    **ABSENT,
    **EMPTY,
}
UNBUILT_NAMES = frozenset(UNBUILT)


def make(ours: Member, theirs: Member) -> World:
    made = rows.make(ours.principal, marker=MARKER)
    rows.make(theirs.principal, marker="theirs")
    running = rows.make_running_task(made)
    task = {"task": str(running.pk)}
    held = rows.make_held_task(made)
    identifier = {"id": str(made.task.pk)}
    return World(
        ours=ours,
        theirs=theirs,
        marker=MARKER,
        arguments={
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
            "task": identifier,
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
            "decide": {"input": {"task": str(held.pk), "approved": True}},
            **UNBUILT,
        },
        # A wish for a foreign implementation is NO_TARGET, as one for an absent one is.
        creates=frozenset({"assign"}),
    )


class Suite(TenancySuite):
    schema = schema
    elsewhere = UNBUILT_NAMES


class TestTenancy(Suite):
    @pytest_asyncio.fixture
    async def world(self, application: Any, two_organizations: tuple[Member, Member]) -> World:
        return await sync_to_async(make)(*two_organizations)


async def test_fields_of_unbuilt_nouns_against_strangers(
    application: Any,
    graphql: GraphQLClient,
    two_organizations: tuple[Member, Member],
    mint: TokenMint,
) -> None:
    """They touch no rows, so one world serves all of them."""
    world = await sync_to_async(make)(*two_organizations)
    roots = [root for root in root_fields(schema) if root.name in UNBUILT_NAMES]
    assert {root.name for root in roots} == UNBUILT_NAMES
    suite = Suite()
    for root in roots:
        await suite.test_anonymous_is_refused(graphql, root, world)
        await suite.test_other_organization_learns_nothing(graphql, root, world)
        await suite.test_member_without_roles_is_refused(graphql, root, world, mint)
        answer = await suite._ask(graphql, root, world, world.ours)
        if root.name in EMPTY:
            assert not answer.ok()[root.name]
        else:
            expected = "NOT_FOUND" if root.name in ABSENT else "NOT_SUPPORTED"
            assert answer.codes == [expected], root
