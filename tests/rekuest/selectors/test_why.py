"""The facts behind a task's "why", as the rows tell them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import world

from chassis import clock
from chassis.config import current
from chassis.testing.mint import TokenMint
from rekuest_server import models
from rekuest_server.config import RekuestConfig
from rekuest_server.domain.kinds import EventKind
from rekuest_server.domain.why import Facts
from rekuest_server.selectors.why import facts_of, task_why


@pytest.fixture
def rows(db: None, mint: TokenMint) -> world.Rows:
    return world.make(mint.member().principal)


def facts(task: models.Task) -> Facts:
    """What the rows tell, read anew."""
    return facts_of(models.Task.objects.get(pk=task.pk))


def change(row: Any, **values: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize(
    ("values", "fact", "expected"),
    [
        ({}, "agent_connected", True),
        ({"connected": False}, "agent_connected", False),
        ({"lease_expires_at": None}, "agent_connected", False),
        ({"blocked": True}, "agent_blocked", True),
        ({"blocked_reason": "noisy"}, "agent_blocked_reason", "noisy"),
        ({"draining": True}, "agent_draining", True),
        ({}, "agent_name", "agent-ours"),
        ({"given_name": "Stage"}, "agent_name", "Stage"),
        ({"last_seen_at": None}, "agent_seen_at", None),
    ],
)
def test_the_agent_is_told_as_it_is(
    rows: world.Rows, values: dict[str, Any], fact: str, expected: Any
) -> None:
    if values:
        change(rows.agent, **values)
    assert getattr(facts(rows.task), fact) == expected


def test_an_agent_without_a_name_goes_by_its_number(rows: world.Rows) -> None:
    change(rows.agent, name="")
    assert facts(rows.task).agent_name == f"agent {rows.agent.pk}"


def test_what_stands_before_a_task_is_counted_until_it_is_picked_up(rows: world.Rows) -> None:
    later = world.make_task(rows.caller, rows.implementation)
    last = world.make_task(rows.caller, rows.implementation)
    elsewhere = models.Implementation.objects.create(
        agent=world.make_neighbour(rows, 1), action=rows.action, interface="plus"
    )
    other = world.make_task(rows.caller, elsewhere)
    told = [facts(task).ahead for task in (rows.task, later, last, other)]
    assert told == [0, 1, 2, 0]
    change(rows.task, is_done=True)
    assert facts(last).ahead == 1
    change(last, picked_up_at=clock.now())
    assert facts(last).ahead == 0


def test_others_are_those_that_could_take_it_now(rows: world.Rows) -> None:
    assert facts(rows.task).others == 0
    neighbour = world.make_neighbour(rows, 1)
    offer = models.Implementation.objects.create(
        agent=neighbour, action=rows.action, interface="plus"
    )
    models.Implementation.objects.create(agent=neighbour, action=rows.action, interface="again")
    assert facts(rows.task).others == 0
    change(neighbour, connected=True, lease_expires_at=clock.now() + timedelta(minutes=1))
    assert facts(rows.task).others == 1
    models.Implementation.objects.filter(agent=neighbour).update(retired_at=clock.now())
    assert facts(rows.task).others == 0
    change(offer, retired_at=None)
    change(neighbour, blocked=True)
    assert facts(rows.task).others == 0


def test_a_lock_counts_where_another_task_holds_it(rows: world.Rows) -> None:
    change(rows.implementation, locks=["b", "a", "free"])
    other = world.make_running_task(rows)
    for key, holder in (("a", other), ("b", other), ("free", None), ("undeclared", other)):
        models.Lock.objects.create(agent=rows.agent, key=key, held_by=holder)
    neighbour = world.make_neighbour(rows, 1)
    models.Lock.objects.create(agent=neighbour, key="free", held_by=other)
    assert facts(rows.task).locks == (("a", other.pk), ("b", other.pk))
    assert facts(other).locks == ()
    change(rows.implementation, locks=[])
    assert facts(rows.task).locks == ()


@pytest.mark.parametrize(
    ("requirement", "is_met"),
    [
        ({"state": "stage_ours", "path": "/x", "operator": "EQUALS", "value": 1}, True),
        ({"state": "stage_ours", "path": "/x", "operator": "GTE", "value": 2}, False),
        ({"state": "gone", "path": "/x", "operator": "EQUALS", "value": 1}, False),
        ({"state": "stage_ours", "path": "/y", "operator": "EXISTS", "value": False}, True),
        ({"state": "stage_ours", "path": "", "operator": "CONTAINS", "value": ["x"]}, False),
    ],
)
def test_a_state_that_is_not_as_required_is_told(
    rows: world.Rows, requirement: dict[str, Any], is_met: bool
) -> None:
    change(rows.task, state_requires=[requirement])
    told = facts(rows.task).unmet_states
    assert (told == ()) is is_met
    if not is_met:
        assert str(requirement["operator"]) in told[0]
    change(rows.state, retired_at=clock.now())
    assert (facts(rows.task).unmet_states == ()) is (requirement["value"] is False)


def test_children_that_go_on_are_told_oldest_first_and_not_too_many(rows: world.Rows) -> None:
    family = {"parent": rows.task, "root": rows.task, "asked_by": rows.agent}
    children = [world.make_task(rows.caller, rows.implementation, **family) for _ in range(23)]
    change(children[0], is_done=True, latest_kind="COMPLETED")
    change(children[1], latest_kind="STARTED")
    told = facts(rows.task).children
    assert told[:2] == ((children[1].pk, EventKind.STARTED), (children[2].pk, EventKind.QUEUED))
    assert len(told) == 20


def test_nobody_waits_for_a_hook(rows: world.Rows) -> None:
    world.make_task(rows.caller, rows.implementation, parent=rows.task, root=rows.task)
    assert facts(rows.task).children == ()


@pytest.mark.parametrize("execution", ["PLAIN", "WORKFLOW"])
def test_a_task_of_an_agent_that_is_away_is_given_up_after_its_grace(
    rows: world.Rows, execution: str
) -> None:
    agents = current(RekuestConfig).agents
    grace = agents.grace_seconds if execution == "PLAIN" else agents.workflow_grace_seconds
    change(rows.implementation, execution=execution)
    assert facts(rows.task).lost_at is None
    lease, left = clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1)
    change(rows.agent, connected=False, lease_expires_at=lease)
    assert facts(rows.task).lost_at == lease + timedelta(seconds=grace)
    change(rows.agent, lost_at=left)
    assert facts(rows.task).lost_at == left + timedelta(seconds=grace)
    change(rows.agent, lost_at=None, lease_expires_at=None)
    assert facts(rows.task).lost_at is None


def test_the_person_is_the_one_the_run_is_for(rows: world.Rows) -> None:
    change(rows.user, username="")
    child = world.make_task(rows.caller, rows.implementation, parent=rows.task, root=rows.task)
    assert facts(child).user == rows.user.sub
    change(rows.user, username="ada")
    assert facts(child).user == "ada"
    other = models.User.objects.create(sub="bot", username="bot")
    caller = models.Caller.objects.create(
        client=rows.client, user=other, organization=rows.organization
    )
    change(child, caller=caller)
    assert facts(child).user == "ada"


def test_what_is_asked_stands_in_the_task_or_in_the_event_that_held_it(rows: world.Rows) -> None:
    held = world.make_held_task(rows)
    assert facts(held).prompt == "May it run?"
    change(held, prompt=None)
    assert facts(held).prompt is None
    world.make_event(held, "HELD", value={"prompt": {"title": "Sure?"}}, message="m")
    world.make_event(held, "LOG", message="later")
    told = facts(held)
    assert (told.prompt, told.message) == ("Sure?", "m")
    change(held, prompt="not a document")
    assert facts(held).prompt is None


def test_moments_are_those_of_the_events(rows: world.Rows) -> None:
    quiet = world.make_task(rows.caller, rows.implementation)
    assert facts(quiet).since == models.Task.objects.get(pk=quiet.pk).created_at
    assert facts(quiet).heard_at is None
    started = world.make_event(quiet, "STARTED")
    log = world.make_event(quiet, "LOG", message="x")
    change(quiet, latest_kind="STARTED")
    told = facts(quiet)
    assert (told.since, told.heard_at) == (started.created_at, log.created_at)
    assert told.message is None


def test_of_a_task_that_ended_little_is_read(rows: world.Rows) -> None:
    world.make_task(rows.caller, rows.implementation, parent=rows.task, root=rows.task)
    change(rows.task, is_done=True, latest_kind="FAILED")
    world.make_event(rows.task, "FAILED", message="no focus")
    told = facts(rows.task)
    assert (told.kind, told.message, told.children) == (EventKind.FAILED, "no focus", ())
    assert "no focus" in task_why(models.Task.objects.get(pk=rows.task.pk)).summary


def test_a_task_whose_offer_is_gone_has_an_answer(rows: world.Rows) -> None:
    change(rows.task, implementation=None, agent=None)
    told = facts(rows.task)
    assert (told.lost_at, told.locks) == (None, ())
    assert task_why(models.Task.objects.get(pk=rows.task.pk)).summary
