"""Time limits and retention: which rows are over them, and what happens to those only."""

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
from rekuest_server.operations.limits import enforce_limits, purge_history


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


@sync_to_async
def finished(rows: world.Rows, days: float, **changes: Any) -> models.Task:
    task = world.make_task(rows.caller, rows.implementation, is_done=True, **changes)
    world.make_event(task, "COMPLETED")
    models.Instruct.objects.create(task=task, kind="CANCEL")
    models.Task.objects.filter(pk=task.pk).update(finished_at=ago(days=days))
    return task


async def test_old_runs_go_with_all_that_belongs_to_them(rows: world.Rows, broker: Broker) -> None:
    await rule(rows, keep_days=7)
    gone = await finished(rows, 8)
    child = await finished(rows, 8, parent=gone, root=gone)
    stays = await finished(rows, 6)
    assert await purge_history(broker, chunk=1) == 2
    assert await count(models.Task, pk__in=[gone.pk, child.pk]) == 0
    assert await count(models.TaskEvent, task_id__in=[gone.pk, child.pk]) == 0
    assert await count(models.Instruct, task_id__in=[gone.pk, child.pk]) == 0
    assert await count(models.Task, pk=stays.pk) == 1
    assert await count(models.TaskEvent, task_id=stays.pk) == 1
    assert await purge_history(broker) == 0


async def test_a_run_stays_whole_until_its_last_child_has_ended(
    rows: world.Rows, broker: Broker
) -> None:
    await rule(rows, keep_days=7)
    root = await finished(rows, 30)
    child = await finished(rows, 30, parent=root, root=root)
    await update(models.Task, child.pk, is_done=False)
    assert await purge_history(broker) == 0
    assert await count(models.Task, pk__in=[root.pk, child.pk]) == 2


async def test_without_a_policy_nothing_is_deleted(rows: world.Rows, broker: Broker) -> None:
    await finished(rows, 3650)
    assert await purge_history(broker) == 0
    await rule(rows, keep_days=None)
    assert await purge_history(broker) == 0


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
