"""Every root field against strangers; a new field without a case fails here."""

from __future__ import annotations

from typing import Any

import pytest_asyncio
import world as rows
from asgiref.sync import sync_to_async

from chassis.testing.mint import Member
from chassis.testing.tenancy import TenancySuite, World
from rekuest_server.graphql.schema import schema

MARKER = "zq7-ours"


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
        },
        # A wish for a foreign implementation is NO_TARGET, as one for an absent one is.
        creates=frozenset({"assign"}),
    )


class TestTenancy(TenancySuite):
    schema = schema

    @pytest_asyncio.fixture
    async def world(self, application: Any, two_organizations: tuple[Member, Member]) -> World:
        return await sync_to_async(make)(*two_organizations)
