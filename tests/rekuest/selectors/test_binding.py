"""Which agents a dependency is bound to: who can, who comes first, how many, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import kept
import pytest
import world

from chassis import clock
from chassis.testing.mint import TokenMint
from rekuest_server import models
from rekuest_server.selectors.binding import Bound, bindings_of_bound, dependencies_resolve


@dataclass
class Lab:
    """An implementation that needs adders; the first of four agents offers it itself."""

    rows: world.Rows
    flow: models.Implementation
    agents: list[models.Agent]
    offers: dict[int, str]

    def need(self, **changes: Any) -> models.Dependency:
        """Declare a dependency of the flow."""
        declaration = kept.NEEDS | changes
        names = ("key", "optional", "auto_resolvable", "app_filter", "version_filter")
        columns = {name: declaration[name] for name in names if name in declaration}
        for bound in ("min_viable_instances", "max_viable_instances"):
            columns[bound] = declaration.get(bound)
        return models.Dependency.objects.create(
            implementation=self.flow, declaration=declaration, **columns
        )

    def resolve(self, *wishes: dict[str, Any]) -> list[Bound]:
        """Bind everything the flow needs."""
        return dependencies_resolve(
            organization_id=self.rows.organization.pk,
            implementation_id=self.flow.pk,
            wishes=wishes,
        )

    def numbers(self, bound: Bound) -> list[int]:
        """Which of the agents were taken, in order."""
        keys = [str(agent.pk) for agent in self.agents]
        return [keys.index(agent["agent"]) for agent in bound.agents]

    def taken(self, *wishes: dict[str, Any]) -> list[int]:
        """Which agents the one dependency was bound to, in order."""
        (bound,) = self.resolve(*wishes)
        return self.numbers(bound)

    def wish(self, *numbers: int, key: str = "adder") -> dict[str, Any]:
        """Name agents for a dependency."""
        named = [{"agent": str(self.agents[number].pk)} for number in numbers]
        return {"key": key, "mapped_agents": named}

    def change(self, number: int, **values: Any) -> None:
        """Change an agent."""
        models.Agent.objects.filter(pk=self.agents[number].pk).update(**values)


@pytest.fixture
def lab(db: None, mint: TokenMint) -> Lab:
    rows = world.make(mint.member().principal)
    show = world.make_action(rows.organization, rows.action.app, world.SHOW)
    flow = models.Implementation.objects.create(agent=rows.agent, action=show, interface="flow")
    models.Task.objects.all().delete()
    agents, offers = [rows.agent], {rows.agent.pk: str(rows.implementation.pk)}
    for number in range(1, 4):
        agent = world.make_neighbour(
            rows,
            number,
            connected=True,
            lease_expires_at=clock.now() + timedelta(minutes=5),
        )
        offer = models.Implementation.objects.create(
            agent=agent, action=rows.action, interface="plus"
        )
        agents.append(agent)
        offers[agent.pk] = str(offer.pk)
    return Lab(rows, flow, agents, offers)


def test_without_dependencies_nothing_is_bound(lab: Lab) -> None:
    assert lab.resolve() == []
    assert lab.resolve(lab.wish(0)) == []


def test_every_slot_is_bound_to_what_the_agent_offers(lab: Lab) -> None:
    lab.need()
    (bound,) = found = lab.resolve()
    assert bound.unmet is None
    assert bindings_of_bound(found) == {
        "adder": [
            {"agent": str(agent.pk), "actions": {"plus": lab.offers[agent.pk]}}
            for agent in lab.agents
        ]
    }


@pytest.mark.parametrize(
    ("bounds", "taken", "is_met"),
    [
        ({}, 4, True),
        ({"max_viable_instances": 2}, 2, True),
        ({"max_viable_instances": 9}, 4, True),
        ({"prefered_instances": 1}, 1, True),
        ({"prefered_instances": 3, "max_viable_instances": 2}, 2, True),
        ({"prefered_instances": 2, "max_viable_instances": 3}, 2, True),
        ({"prefered_instances": 1, "min_viable_instances": 3}, 3, True),
        ({"min_viable_instances": 4}, 4, True),
        ({"min_viable_instances": 5}, 4, False),
        ({"min_viable_instances": 5, "optional": True}, 4, False),
        ({"min_viable_instances": 0}, 4, True),
        ({"max_viable_instances": 0, "min_viable_instances": 0}, 0, True),
    ],
)
def test_how_many_are_taken(lab: Lab, bounds: dict[str, Any], taken: int, is_met: bool) -> None:
    lab.need(**bounds)
    (bound,) = lab.resolve()
    assert lab.numbers(bound) == list(range(taken))
    assert (bound.unmet is None) is is_met
    if not is_met:
        assert "needs 5 agent(s) and 4 can serve it" in (bound.unmet or "")


@pytest.mark.parametrize(
    ("values", "is_candidate"),
    [
        ({}, True),
        ({"blocked": True}, False),
        ({"draining": True}, True),
        ({"connected": False}, True),
        ({"lease_expires_at": None}, True),
    ],
)
def test_who_is_a_candidate(lab: Lab, values: dict[str, Any], is_candidate: bool) -> None:
    lab.need()
    lab.change(1, **values)
    assert set(lab.taken()) == ({0, 1, 2, 3} if is_candidate else {0, 2, 3})
    assert lab.taken(lab.wish(1)) == ([1] if is_candidate else [])


@pytest.mark.parametrize(
    "values",
    [
        {"draining": True},
        {"connected": False},
        {"lease_expires_at": None},
        {"lease_expires_at": timedelta(seconds=-1)},
    ],
)
def test_who_is_away_comes_last_or_not_at_all(lab: Lab, values: dict[str, Any]) -> None:
    lab.change(
        0,
        **{
            name: clock.now() + value if isinstance(value, timedelta) else value
            for name, value in values.items()
        },
    )
    lab.need()
    assert lab.taken() == [1, 2, 3, 0]
    models.Dependency.objects.all().delete()
    slot = kept.NEEDS["action_dependencies"][0] | {"allow_inactive": False}
    lab.need(action_dependencies=[slot])
    assert lab.taken() == [1, 2, 3]


def test_the_least_busy_come_first(lab: Lab) -> None:
    lab.need()
    for number, load in enumerate([3, 1, 0, 1]):
        implementation = models.Implementation.objects.filter(
            agent=lab.agents[number], action=lab.rows.action
        ).get()
        for count in range(load):
            world.make_task(lab.rows.caller, implementation, reference=f"{number}-{count}")
    assert lab.taken() == [2, 1, 3, 0]
    models.Task.objects.filter(agent=lab.agents[0]).update(is_done=True)
    assert lab.taken() == [0, 2, 1, 3]


def test_a_wish_names_the_agents(lab: Lab) -> None:
    lab.need(max_viable_instances=2, prefered_instances=1, auto_resolvable=False)
    assert lab.taken(lab.wish(2)) == [2]
    assert lab.taken(lab.wish(3, 1)) == [1, 3]
    assert lab.taken(lab.wish(3, 1, 0)) == [0, 1]
    assert lab.taken(lab.wish(key="another")) == []


def test_a_wish_for_strangers_or_for_what_is_no_agent_finds_nobody(
    lab: Lab, mint: TokenMint
) -> None:
    lab.need()
    stranger = mint.member(client_id="two", org="other-org", sub="other").principal
    theirs = world.make(stranger, marker="theirs")
    for key in (str(theirs.agent.pk), "0", "x", "9" * 5000):
        (bound,) = lab.resolve({"key": "adder", "mapped_agents": [{"agent": key}]})
        assert bound.agents == []
        assert "needs 1 agent(s) and 0 can serve it." in (bound.unmet or "")


def test_what_is_not_bound_by_itself_says_how_to_bind_it(lab: Lab) -> None:
    lab.need(auto_resolvable=False)
    (bound,) = lab.resolve()
    assert bound.agents == []
    assert "name the agents, or ask for autoResolve" in (bound.unmet or "")
    (asked,) = lab.resolve({"key": "adder", "auto_resolve": True})
    assert (len(asked.agents), asked.unmet) == (4, None)
    (refused,) = lab.resolve({"key": "adder", "auto_resolve": False})
    assert refused.unmet == bound.unmet


def test_what_may_be_missing_is_met_by_nobody(lab: Lab) -> None:
    lab.need(optional=True, auto_resolvable=False)
    (bound,) = lab.resolve()
    assert (bound.agents, bound.unmet) == ([], None)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"app_filter": "app.ours"}, True),
        ({"app_filter": "app.theirs"}, False),
        ({"version_filter": "1.0"}, True),
        ({"version_filter": "2.0"}, False),
        ({"app_filter": "app.ours", "version_filter": "2.0"}, False),
    ],
)
def test_an_app_is_asked_for_by_name_and_version(
    lab: Lab, filters: dict[str, Any], found: bool
) -> None:
    lab.need(**filters)
    assert bool(lab.taken()) is found
    # Whoever names an agent has decided.
    assert lab.taken(lab.wish(1)) == [1]


@pytest.mark.parametrize(
    ("slots", "taken"),
    [
        ([{"key": "plus", "demand": {"key": "add"}}], [0, 1, 2, 3]),
        ([{"key": "plus", "demand": {"key": "gone"}}], []),
        ([{"key": "plus", "demand": {"key": "gone"}, "optional": True}], []),
        (
            [
                {"key": "plus", "demand": {"key": "add"}},
                {"key": "show", "demand": {"key": "show"}},
            ],
            [0],
        ),
        (
            [
                {"key": "plus", "demand": {"key": "add"}},
                {"key": "show", "demand": {"key": "show"}, "optional": True},
            ],
            [0, 1, 2, 3],
        ),
        ([{"key": "show", "demand": {"key": "show"}, "optional": True}], [0]),
        ([], []),
    ],
)
def test_an_agent_offers_every_slot_that_is_needed(
    lab: Lab, slots: list[dict[str, Any]], taken: list[int]
) -> None:
    lab.need(action_dependencies=slots)
    (bound,) = lab.resolve()
    assert lab.numbers(bound) == taken
    for agent in bound.agents:
        if agent["agent"] == str(lab.rows.agent.pk) and len(slots) == 2:
            assert set(agent["actions"]) == {"plus", "show"}


def test_an_agent_publishes_every_state_that_is_needed(lab: Lab) -> None:
    state = {"key": "where", "demand": {"key": "stage"}}
    lab.need(state_dependencies=[state])
    assert lab.taken() == [0]
    world.make_state(lab.agents[2], "two")
    assert lab.taken() == [0, 2]
    models.State.objects.filter(agent=lab.agents[0]).update(retired_at=clock.now())
    assert lab.taken() == [2]
    models.Dependency.objects.all().delete()
    lab.need(state_dependencies=[state | {"optional": True}])
    assert lab.taken() == [0, 1, 2, 3]


def test_what_an_agent_no_longer_declares_does_not_count(lab: Lab) -> None:
    lab.need()
    world.retire(lab.rows.implementation)
    assert lab.taken() == [1, 2, 3]
    assert lab.taken(lab.wish(0)) == []


def test_dependencies_that_exclude_each_other_take_different_agents(lab: Lab) -> None:
    lab.need(key="left", max_viable_instances=1)
    lab.need(key="right", max_viable_instances=1, mutually_exclusive_keys=["left"])
    lab.need(key="free", max_viable_instances=1)
    left, right, free = lab.resolve()
    assert [lab.numbers(item) for item in (left, right, free)] == [[0], [1], [0]]
    left, right, _ = lab.resolve(lab.wish(2, key="left"), lab.wish(2, key="right"))
    assert lab.numbers(left) == [2]
    assert (right.agents, right.unmet is None) == ([], False)
