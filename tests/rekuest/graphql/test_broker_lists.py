"""Lists and single reads of the broker's own things: filters that no document of a client uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import world
from asgiref.sync import sync_to_async
from rows import update

from chassis import clock
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member
from rekuest_server import models

Ours = tuple[Member, world.Rows]
Value = Callable[[world.Rows], Any]


def absent(value: Any) -> Value:
    return lambda rows: value


@pytest_asyncio.fixture
async def rows(ours: Ours, theirs: Ours) -> world.Rows:
    """Our rows, beside those of strangers."""
    return ours[1]


#: The list, its filter type, a field, a value, and whether our one row is found.
NARROWED: list[tuple[str, str, str, Value, bool]] = [
    ("agents", "AgentFilter", "clientId", lambda rows: rows.client.client_id, True),
    ("agents", "AgentFilter", "clientId", absent("x"), False),
    ("agents", "AgentFilter", "clientIds", lambda rows: ["x", rows.client.client_id], True),
    ("agents", "AgentFilter", "clientIds", absent([]), False),
    ("agents", "AgentFilter", "pinned", absent(False), True),
    ("agents", "AgentFilter", "pinned", absent(True), False),
    ("agents", "AgentFilter", "available", absent(True), True),
    ("agents", "AgentFilter", "available", absent(False), False),
    ("agents", "AgentFilter", "user", lambda rows: rows.user.sub, True),
    ("agents", "AgentFilter", "user", absent("nobody"), False),
    ("agents", "AgentFilter", "versionNumber", absent("1.0"), True),
    ("agents", "AgentFilter", "deviceId", absent("device-theirs"), False),
    ("agents", "AgentFilter", "appIdentifier", absent("app.theirs"), False),
    ("agents", "AgentFilter", "hasImplementations", lambda rows: [rows.action.hash], True),
    (
        "agents",
        "AgentFilter",
        "hasImplementations",
        lambda rows: [rows.action.hash, "gone"],
        False,
    ),
    ("agents", "AgentFilter", "hasStates", lambda rows: [rows.state.definition.hash], True),
    ("agents", "AgentFilter", "hasStates", absent(["gone"]), False),
    ("agents", "AgentFilter", "search", absent("APP.OURS"), True),
    ("agents", "AgentFilter", "ids", lambda rows: [rows.agent.pk, "x"], True),
    ("actions", "ActionFilter", "stateful", absent(False), True),
    ("actions", "ActionFilter", "stateful", absent(True), False),
    ("actions", "ActionFilter", "name", absent({"exact": "Add ours"}), True),
    ("actions", "ActionFilter", "name", absent({"exact": "add ours"}), False),
    ("actions", "ActionFilter", "inCollection", absent("mat"), False),
    ("actions", "ActionFilter", "appIdentifier", absent("app.ours"), True),
    ("actions", "ActionFilter", "usedAfter", absent("2999-01-01T00:00:00Z"), False),
    ("actions", "ActionFilter", "usedBefore", absent("2999-01-01T00:00:00Z"), True),
    ("actions", "ActionFilter", "assignable", absent(True), True),
    ("actions", "ActionFilter", "ids", absent(["0", "x"]), False),
    ("implementations", "ImplementationFilter", "interface", absent({"exact": "add_ours"}), True),
    ("implementations", "ImplementationFilter", "interface", absent({"exact": "ADD_OURS"}), False),
    ("implementations", "ImplementationFilter", "actionHash", lambda rows: rows.action.hash, True),
    ("implementations", "ImplementationFilter", "actionHash", absent("gone"), False),
    ("implementations", "ImplementationFilter", "active", absent(True), True),
    ("implementations", "ImplementationFilter", "search", absent("DD_OU"), True),
    (
        "implementations",
        "ImplementationFilter",
        "agent",
        lambda rows: {"ids": [rows.agent.pk]},
        True,
    ),
    ("implementations", "ImplementationFilter", "agent", absent({"ids": ["0"]}), False),
    ("implementations", "ImplementationFilter", "agent", absent({"clientId": "x"}), False),
    ("implementations", "ImplementationFilter", "action", absent({"name": "Add ours"}), True),
    ("implementations", "ImplementationFilter", "action", absent({"search": "OURS"}), True),
    ("implementations", "ImplementationFilter", "action", absent({"kind": "GENERATOR"}), False),
    ("implementations", "ImplementationFilter", "action", absent({"protocols": ["x"]}), False),
    ("tasks", "TaskFilter", "isDone", absent(False), True),
    ("tasks", "TaskFilter", "isDone", absent(True), False),
    ("tasks", "TaskFilter", "reference", lambda rows: rows.task.reference, True),
    ("tasks", "TaskFilter", "state", absent(["QUEUED", "BOUND"]), True),
    ("tasks", "TaskFilter", "state", absent([]), False),
    ("tasks", "TaskFilter", "rootIsnull", absent(False), False),
    ("tasks", "TaskFilter", "clientId", absent("x"), False),
    ("tasks", "TaskFilter", "createdBefore", absent("2000-01-01T00:00:00Z"), False),
    ("tasks", "TaskFilter", "createdAfter", absent("2000-01-01T00:00:00Z"), True),
    ("tasks", "TaskFilter", "caller", absent("0"), False),
    ("tasks", "TaskFilter", "agent", lambda rows: rows.agent.pk, True),
]


@pytest.mark.parametrize("name", ["agents", "actions", "implementations", "tasks"])
async def test_a_list_is_narrowed_to_our_own(
    graphql: GraphQLClient, ours: Ours, rows: world.Rows, name: str
) -> None:
    cases = [case for case in NARROWED if case[0] == name]
    assert cases
    for _, kind, field, value, found in cases:
        query = f"query q($f: {kind}) {{ {name}(filters: $f) {{ id }} }}"
        given = {field: value(rows)}
        assert len((await graphql(query, ours[0], f=given)).ok()[name]) == int(found), given
        turned = (await graphql(query, ours[0], f={"NOT": given})).ok()[name]
        assert len(turned) == 1 - int(found), given


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("marker", "ours", True),
        ("marker", "Ours", False),
        ("marker__icontains", "OUR", False),
        ("marker__regex", ".*", False),
        ("isnull", "", False),
        ("", "ours", False),
        ("__", "x", False),
        ("'; --", "x", False),
        ("{a}", "ours", False),
        ("0", "ours", False),
    ],
)
async def test_a_parameter_is_compared_by_its_name_and_nothing_else(
    graphql: GraphQLClient, ours: Ours, rows: world.Rows, key: str, value: str, found: bool
) -> None:
    query = """query q($p: [ParamPair!]) {
        implementations(filters: {parameters: $p}) { interface } }"""
    answer = await graphql(query, ours[0], p=[{"key": key, "value": value}])
    assert answer.ok()["implementations"] == ([{"interface": "add_ours"}] if found else [])


async def test_all_parameters_must_be_the_same(
    graphql: GraphQLClient, ours: Ours, rows: world.Rows
) -> None:
    stored = {"marker": "ours", "a__b": "c", "n": 3, "deep": {"x": "y"}}
    await update(models.Implementation, rows.implementation.pk, params=stored)
    query = """query q($p: [ParamPair!]) {
        implementations(filters: {parameters: $p}) { id } }"""
    for pairs, found in (
        ([("marker", "ours"), ("a__b", "c")], 1),
        ([("marker", "ours"), ("a__b", "d")], 0),
        ([("n", "3")], 0),
        ([("deep", "y")], 0),
        ([("deep__x", "y")], 0),
        ([], 1),
    ):
        given = [{"key": key, "value": value} for key, value in pairs]
        answer = await graphql(query, ours[0], p=given)
        assert len(answer.ok()["implementations"]) == found, pairs


@pytest.mark.parametrize(
    ("changes", "is_available"),
    [
        ({}, True),
        ({"connected": False}, False),
        ({"blocked": True}, False),
        ({"draining": True}, False),
        ({"lease_expires_at": None}, False),
        ({"lease_expires_at": timedelta(seconds=-1)}, False),
        ({"lease_expires_at": timedelta(hours=1)}, True),
    ],
)
async def test_every_reader_agrees_on_who_can_take_work(
    graphql: GraphQLClient,
    ours: Ours,
    rows: world.Rows,
    changes: dict[str, Any],
    is_available: bool,
) -> None:
    values = {
        name: clock.now() + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    await update(models.Agent, rows.agent.pk, **values)
    query = """query q($is: Boolean!) {
        agents(filters: {available: $is}) { id }
        actions(filters: {assignable: $is}) { id }
        implementations(filters: {active: $is}) { id } }"""
    for wanted in (True, False):
        data = (await graphql(query, ours[0], **{"is": wanted})).ok()
        counts = {name: len(found) for name, found in data.items()}
        expected = int(wanted is is_available)
        assert counts == dict.fromkeys(("agents", "actions", "implementations"), expected)


async def test_lists_are_put_in_order_by_their_moments(
    graphql: GraphQLClient, ours: Ours, rows: world.Rows
) -> None:
    app = rows.action.app
    for number in range(1, 4):
        moment = clock.now() - timedelta(days=number)
        neighbour = await sync_to_async(world.make_neighbour)(rows, number)
        await update(models.Agent, neighbour.pk, last_seen_at=moment)
        implementation = await sync_to_async(world.make_implementation)(rows, f"i{number}")
        await update(models.Implementation, implementation.pk, created_at=moment)
        document = world.ADD | {"key": f"k{number}"}
        action = await sync_to_async(world.make_action)(rows.organization, app, document)
        await update(models.Action, action.pk, defined_at=moment)
        task = await sync_to_async(world.make_task)(rows.caller, rows.implementation)
        await update(models.Task, task.pk, created_at=moment, finished_at=moment)
    for name, kind, field, moment_of in (
        ("agents", "AgentOrder", "lastSeen", "lastSeen"),
        ("implementations", "ImplementationOrder", "createdAt", "id"),
        ("actions", "ActionOrder", "definedAt", "definedAt"),
        ("tasks", "TaskOrder", "createdAt", "createdAt"),
    ):
        query = f"query q($o: [{kind}!]) {{ {name}(ordering: $o) {{ {moment_of} }} }}"
        listed = {}
        for way in ("ASC", "DESC"):
            data = (await graphql(query, ours[0], o=[{field: way}])).ok()[name]
            listed[way] = [item[moment_of] for item in data]
        assert len(listed["ASC"]) == 4, name
        assert listed["DESC"] == listed["ASC"][::-1], name
        if moment_of != "id":
            assert listed["ASC"] == sorted(listed["ASC"]), name


#: How one thing is asked for, and whether it is found.
ONE_ACTION: list[tuple[str, Value, bool]] = [
    ("id", lambda rows: rows.action.pk, True),
    ("id", absent("0"), False),
    ("id", absent("x"), False),
    ("hash", lambda rows: rows.action.hash, True),
    ("hash", absent("gone"), False),
    ("task", lambda rows: rows.task.pk, True),
    ("task", absent("0"), False),
    ("implementation", lambda rows: rows.implementation.pk, True),
    ("implementation", absent("9" * 5000), False),
]
TYPES = {"id": "ID", "hash": "ActionHash", "task": "ID", "implementation": "ID"}


@pytest.mark.parametrize(("key", "value", "found"), ONE_ACTION)
async def test_an_action_is_found_by_each_of_its_names(
    graphql: GraphQLClient,
    ours: Ours,
    theirs: Ours,
    key: str,
    value: Value,
    found: bool,
) -> None:
    query = f"query q($v: {TYPES[key]}) {{ action({key}: $v) {{ name }} }}"
    answer = await graphql(query, ours[0], v=value(ours[1]))
    if found:
        assert answer.ok()["action"] == {"name": "Add ours"}
        if key != "hash":
            stranger = await graphql(query, theirs[0], v=value(ours[1]))
            assert stranger.codes == ["NOT_FOUND"]
    else:
        assert answer.codes == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"interface": "add_ours"}, True),
        ({"interface": "gone"}, False),
        ({"actionHash": "gone"}, False),
        ({"demand": {"key": "add"}}, True),
        ({"demand": {"key": "gone"}}, False),
        ({"interface": "gone", "demand": {"key": "add"}}, False),
        ({}, False),
    ],
)
async def test_an_implementation_is_found_at_its_place(
    graphql: GraphQLClient,
    ours: Ours,
    theirs: Ours,
    arguments: dict[str, Any],
    found: bool,
) -> None:
    query = """query q($agent: ID!, $interface: String, $actionHash: String,
        $demand: ActionDemandInput) { implementationAt(agent: $agent, interface: $interface,
        actionHash: $actionHash, demand: $demand) { id } }"""
    rows = ours[1]
    answer = await graphql(query, ours[0], agent=str(rows.agent.pk), **arguments)
    if found:
        assert answer.ok()["implementationAt"] == {"id": str(rows.implementation.pk)}
    else:
        assert answer.codes == ["NOT_FOUND"]
    stranger = await graphql(query, theirs[0], agent=str(rows.agent.pk), **arguments)
    assert stranger.codes == ["NOT_FOUND"]
    await sync_to_async(world.retire)(rows.implementation)
    answer = await graphql(query, ours[0], agent=str(rows.agent.pk), **arguments)
    assert answer.codes == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("demand", "found"),
    [
        ({"key": "stage"}, True),
        ({"key": "gone"}, False),
        ({"matches": [{"key": "x", "kind": "FLOAT"}]}, True),
        ({"matches": [{"key": "x", "kind": "INT"}]}, False),
    ],
)
async def test_a_state_is_found_by_what_is_asked_of_it(
    graphql: GraphQLClient,
    ours: Ours,
    theirs: Ours,
    demand: dict[str, Any],
    found: bool,
) -> None:
    query = """query q($agent: ID!, $demand: StateDemandInput) {
        stateFor(agent: $agent, demand: $demand) { key definition { name hash } } }"""
    rows = ours[1]
    answer = await graphql(query, ours[0], agent=str(rows.agent.pk), demand=demand)
    if found:
        definition = {"name": "Stage", "hash": rows.state.definition.hash}
        assert answer.ok()["stateFor"] == {"key": "stage", "definition": definition}
    else:
        assert answer.codes == ["NOT_FOUND"]
    stranger = await graphql(query, theirs[0], agent=str(rows.agent.pk), demand=demand)
    assert stranger.codes == ["NOT_FOUND"]


async def test_a_state_is_found_by_its_hash_while_it_is_declared(
    graphql: GraphQLClient, ours: Ours
) -> None:
    rows = ours[1]
    query = "query q($a: ID!, $h: String) { stateFor(agent: $a, stateHash: $h) { id } }"
    given = {"a": str(rows.agent.pk), "h": rows.state.definition.hash}
    assert (await graphql(query, ours[0], **given)).ok()["stateFor"] == {"id": str(rows.state.pk)}
    assert (await graphql(query, ours[0], **(given | {"h": "gone"}))).codes == ["NOT_FOUND"]
    await update(models.State, rows.state.pk, retired_at=clock.now())
    assert (await graphql(query, ours[0], **given)).codes == ["NOT_FOUND"]
    kept = await graphql("query q($id: ID!) { state(id: $id) { id } }", ours[0], id=rows.state.pk)
    assert kept.ok()["state"] == {"id": str(rows.state.pk)}


@pytest.mark.parametrize(
    ("limit", "offset", "code"),
    [(1, 0, None), (0, 0, None), (-1, 0, "limit"), (1, -1, "limit"), (1001, 0, "limit")],
)
async def test_revisions_come_in_bounded_pages(
    graphql: GraphQLClient, ours: Ours, limit: int, offset: int, code: str | None
) -> None:
    make = 'mutation { createBlok(input: {name: "x"}) { id } }'
    blok = (await graphql(make, ours[0])).ok()["createBlok"]["id"]
    query = """query q($id: ID!, $l: Int!, $o: Int!) {
        blok(id: $id) { revisions(limit: $l, offset: $o) { number } } }"""
    answer = await graphql(query, ours[0], id=blok, l=limit, o=offset)
    if code is None:
        assert len(answer.ok()["blok"]["revisions"]) == limit
    else:
        assert answer.codes == ["INVALID_INPUT"]
        assert answer.errors[0]["extensions"]["field"] == code
