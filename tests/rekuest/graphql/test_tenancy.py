"""Every root field against strangers; a new field without a case fails here."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
import world as rows
from asgiref.sync import sync_to_async

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from chassis.testing.tenancy import RootField, TenancySuite, World
from rekuest_server.graphql.schema import schema

MARKER = "zq7-ours"

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
}
ABSENT = ("shortcut", "toolbox", "testCase", "testResult")
#: Nouns of the clients that nothing is stored of: reading finds nothing, writing is refused.
UNBUILT: dict[str, dict[str, Any]] = {
    **{name: {"input": given} for name, given in INPUTS.items()},
    **{name: {"id": "1"} for name in ABSENT},
}


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


class TestTenancy(TenancySuite):
    schema = schema

    @pytest_asyncio.fixture
    async def world(self, application: Any, two_organizations: tuple[Member, Member]) -> World:
        return await sync_to_async(make)(*two_organizations)

    async def test_ourselves_are_served(
        self, graphql: GraphQLClient, root: RootField, world: World
    ) -> None:
        if root.name not in UNBUILT:
            await super().test_ourselves_are_served(graphql, root, world)
            return
        answer = await self._ask(graphql, root, world, world.ours)
        assert answer.codes == ["NOT_FOUND" if root.name in ABSENT else "NOT_SUPPORTED"]
