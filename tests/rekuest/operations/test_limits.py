"""Time limits: which rows are over them, and what happens to those only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import world
from asgiref.sync import sync_to_async
from rows import count, kinds_of, task_row, update

from chassis import clock
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from rekuest_server import models
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.limits import enforce_limits


@pytest.fixture
async def rows(application: Any, ada: Member) -> world.Rows:
    return await sync_to_async(world.make)(ada.principal)


@sync_to_async
def rule(rows: world.Rows, *, of_action: bool = False, **rules: Any) -> None:
    models.RunPolicy.objects.update_or_create(
        organization=rows.organization, action=rows.action if of_action else None, defaults=rules
    )


def ago(**span: float) -> Any:
    return clock.now() - timedelta(**span)


async def old(task: models.Task, **values: Any) -> str:
    await update(models.Task, task.pk, **values)
    return str(task.pk)


async def test_what_waits_too_long_is_cancelled(rows: world.Rows, broker: Broker) -> None:
    await rule(rows, pickup_limit_seconds=60)
    late = await old(rows.task, created_at=ago(hours=1), updated_at=ago(hours=1))
    fresh = await sync_to_async(world.make_task)(rows.caller, rows.implementation)
    assert await enforce_limits(broker) == 1
    assert (await kinds_of(late))[-1] == "CANCELLED"
    assert (await task_row(fresh.pk)).is_done is False
    assert await enforce_limits(broker) == 0


async def test_what_is_held_back_is_not_late(rows: world.Rows, broker: Broker) -> None:
    await rule(rows, pickup_limit_seconds=60)
    await old(
        rows.task,
        created_at=ago(hours=1),
        updated_at=ago(hours=1),
        not_before=clock.now() + timedelta(hours=1),
    )
    assert await enforce_limits(broker) == 0


@pytest.mark.parametrize(
    ("rules", "values", "is_over"),
    [
        ({"run_limit_seconds": 60}, {"picked_up_at": timedelta(hours=1)}, True),
        ({"run_limit_seconds": 60}, {"picked_up_at": timedelta(seconds=1)}, False),
        ({"silence_limit_seconds": 60}, {"updated_at": timedelta(hours=1)}, True),
        ({"silence_limit_seconds": 60}, {"picked_up_at": timedelta(hours=1)}, False),
        (
            {"run_limit_seconds": 60},
            {"picked_up_at": timedelta(hours=1), "latest_kind": "HELD"},
            False,
        ),
        ({}, {"picked_up_at": timedelta(days=300), "updated_at": timedelta(days=300)}, False),
    ],
)
async def test_what_runs_or_is_silent_too_long_is_interrupted(
    rows: world.Rows,
    broker: Broker,
    rules: dict[str, Any],
    values: dict[str, Any],
    is_over: bool,
) -> None:
    await rule(rows, **rules)
    task = await sync_to_async(world.make_running_task)(rows)
    moments = {
        key: clock.now() - value if isinstance(value, timedelta) else value
        for key, value in values.items()
    }
    name = await old(task, **moments)
    assert await enforce_limits(broker) == int(is_over)
    assert ("INTERRUPTING" in await kinds_of(name)) is is_over


async def test_the_policy_of_an_action_wins(rows: world.Rows, broker: Broker) -> None:
    await rule(rows, run_limit_seconds=60)
    await rule(rows, of_action=True, run_limit_seconds=None)
    task = await sync_to_async(world.make_running_task)(rows)
    await old(task, picked_up_at=ago(days=1))
    assert await enforce_limits(broker) == 0


SET = (
    "mutation s($in: SetRunPolicyInput!) { setRunPolicy(input: $in) { runLimitSeconds keepDays } }"
)


async def test_an_admin_sets_and_removes_policies(
    rows: world.Rows, graphql: GraphQLClient, ada: Member
) -> None:
    action = str(rows.action.pk)
    for given in ({"runLimitSeconds": 60.0}, {"action": action, "keepDays": 2.0}):
        assert (await graphql(SET, ada, **{"in": given})).ok()
    again = await graphql(SET, ada, **{"in": {"runLimitSeconds": 90.0}})
    assert again.ok() == {"setRunPolicy": {"runLimitSeconds": 90.0, "keepDays": None}}
    listed = (await graphql("{ runPolicies { action { id } runLimitSeconds } }", ada)).ok()
    assert listed["runPolicies"] == [
        {"action": None, "runLimitSeconds": 90.0},
        {"action": {"id": action}, "runLimitSeconds": None},
    ]
    delete = "mutation d($id: ID) { deleteRunPolicy(action: $id) }"
    assert (await graphql(delete, ada, id=action)).ok() == {"deleteRunPolicy": True}
    assert (await graphql(delete, ada, id=action)).ok() == {"deleteRunPolicy": False}


@pytest.mark.parametrize("field", ["runLimitSeconds", "pickupLimitSeconds", "keepDays"])
@pytest.mark.parametrize("value", [0.0, -1.0, 1e12])
async def test_a_limit_that_is_none_is_refused(
    rows: world.Rows, graphql: GraphQLClient, ada: Member, field: str, value: float
) -> None:
    assert (await graphql(SET, ada, **{"in": {field: value}})).codes == ["INVALID_INPUT"]
    assert await count(models.RunPolicy) == 0


async def test_only_admins_set_policies(
    rows: world.Rows, graphql: GraphQLClient, mint: TokenMint
) -> None:
    editor = mint.member(roles=["editor"], client_id="editor")
    answer = await graphql(SET, editor, **{"in": {"keepDays": 1.0}})
    assert answer.codes == ["PERMISSION_DENIED"]
    assert await count(models.RunPolicy) == 0
