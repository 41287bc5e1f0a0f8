"""Agents by what they stand above, offer or publish."""

from __future__ import annotations

from typing import Any

import pytest
import world
from django.db.models import Q

from chassis.errors import InvalidInput, NotFound
from chassis.testing.mint import Member, TokenMint
from rekuest_server import models
from rekuest_server.selectors import agent as agents


@pytest.fixture
def member(mint: TokenMint) -> Member:
    return mint.member()


@pytest.fixture
def rows(db: None, member: Member) -> world.Rows:
    return world.make(member.principal)


def names(condition: Any) -> set[str]:
    return {agent.name for agent in models.Agent.objects.filter(condition)}


def chain(rows: world.Rows) -> list[models.Task]:
    """A run of three tasks: asked for by the app of `agent-ours`, each on an agent of its own."""
    tasks: list[models.Task] = []
    for number in range(3):
        agent = world.make_neighbour(rows, number)
        implementation = models.Implementation.objects.create(
            agent=agent, action=rows.action, interface=f"i{number}"
        )
        above = tasks[-1] if tasks else None
        task = world.make_task(
            rows.caller,
            implementation,
            parent=above,
            root=tasks[0] if tasks else None,
            asked_by=above.agent if above else None,
        )
        tasks.append(task)
    return tasks


def test_the_agents_above_a_task_are_those_that_called_it(rows: world.Rows) -> None:
    root, child, grandchild = chain(rows)
    assert names(agents.agents_above(root.pk)) == {"agent-ours"}
    assert names(agents.agents_above(child.pk)) == {"agent-ours", "neighbour-0"}
    assert names(agents.agents_above(grandchild.pk)) == {
        "agent-ours",
        "neighbour-0",
        "neighbour-1",
    }


def test_a_task_is_never_its_own_caller(rows: world.Rows) -> None:
    assert rows.task.agent == rows.agent
    assert names(agents.agents_above(rows.task.pk)) == set()


def test_nothing_stands_above_an_absent_task(rows: world.Rows) -> None:
    assert names(agents.agents_above("999999")) == set()
    with pytest.raises(NotFound):
        agents.agents_above("x")


def test_callers_of_a_foreign_task_stay_hidden(
    rows: world.Rows, member: Member, mint: TokenMint
) -> None:
    stranger = mint.member(sub="2", org="2", active_org="second", client_id="other")
    foreign = world.make(stranger.principal, marker="theirs")
    child = chain(foreign)[1]
    visible = agents.agents_visible_to(member.principal)
    assert not visible.filter(agents.agents_above(child.pk)).exists()


def test_agents_are_found_by_what_they_offer_and_publish(rows: world.Rows) -> None:
    models.Action.objects.filter(pk=rows.action.pk).update(protocols=["viewer"])
    conditions = [
        agents.agents_offering(Q(action__hash=rows.action.hash)),
        agents.agents_offering(Q(action__protocols__overlap=["viewer"])),
        agents.agents_publishing(Q(key="stage")),
    ]
    assert [names(condition) for condition in conditions] == [{"agent-ours"}] * 3
    world.retire(rows.implementation)
    models.State.objects.update(retired_at=rows.state.created_at)
    assert [names(condition) for condition in conditions] == [set()] * 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"app": "app.ours"}, True),
        ({"app": "app.ours", "version": "1.0", "device_id": "device-ours"}, True),
        ({"app": "app.ours", "version": "2.0"}, False),
        ({"device_id": "device-theirs"}, False),
        ({}, False),
    ],
)
def test_an_agent_is_found_by_its_app(
    rows: world.Rows, member: Member, given: dict[str, str], expected: bool
) -> None:
    found = agents.agent_get(principal=member.principal, **given).first()
    assert found == (rows.agent if expected else None)


def test_among_agents_of_one_app_the_connected_one_is_taken(
    rows: world.Rows, member: Member
) -> None:
    world.make_neighbour(rows, 1)
    assert agents.agent_get(principal=member.principal, app="app.ours").first() == rows.agent


@pytest.mark.parametrize("operator", ["LTE", "GTE", "MATCHES"])
def test_an_operator_that_does_not_fit_a_name_is_refused(operator: str) -> None:
    with pytest.raises(InvalidInput):
        agents.agents_with([{"key": agents.SUPERVISOR, "operator": operator, "value": 1}])
