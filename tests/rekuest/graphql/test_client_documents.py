"""The released client's own documents, run against the service: what they read, at what cost."""

from __future__ import annotations

from typing import Any

import pytest
import world
from asgiref.sync import sync_to_async

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]
SUPERVISOR = "@rekuest/supervisor"


async def run(
    graphql: GraphQLClient, documents: Documents, name: str, member: Member, **variables: Any
) -> dict[str, Any]:
    return (await graphql(documents[name], member, **variables)).ok()


async def test_find_returns_the_action_with_its_ports(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    member, rows = ours
    for variables in (
        {"id": str(rows.action.pk)},
        {"implementation": str(rows.implementation.pk)},
        {"hash": rows.action.hash},
        {"matching": {"key": "add", "argMatches": [{"at": 0, "kind": "INT"}], "forceArgLength": 2}},
    ):
        action = (await run(graphql, documents, "find", member, **variables))["action"]
        assert action["id"] == str(rows.action.pk)
        assert action["hash"] == rows.action.hash
        assert [port["key"] for port in action["args"]] == ["a", "b"]
        assert action["args"][0]["widget"]["kind"] == "SLIDER"
        assert action["args"][0]["widget"]["max"] == 9.0
        assert action["args"][0]["default"] == 1
        assert action["collections"] == [{"name": "math", "__typename": "Collection"}]
        assert action["returns"][0]["kind"] == "INT"


async def test_find_without_a_match_is_not_found(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    for variables in ({"matching": {"forceArgLength": 3}}, {"hash": "gone"}, {"id": "x"}, {}):
        answer = await graphql(documents["find"], ours[0], **variables)
        assert answer.codes == ["NOT_FOUND"]
        assert answer.data == {"action": None}


async def test_get_implementation_reads_once(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    data = await run(
        graphql, documents, "GetImplementation", member, id=str(rows.implementation.pk)
    )
    found = data["implementation"]
    assert found["agent"]["id"] == str(rows.agent.pk)
    assert found["action"]["name"] == "Add ours"
    assert found["params"] == {"marker": "ours"}
    assert len(statements) == 1, statements


async def test_my_implementation_at_finds_only_the_callers_own(
    graphql: GraphQLClient, documents: Documents, ours: Ours, theirs: Ours
) -> None:
    for (member, rows), foreign in ((ours, theirs), (theirs, ours)):
        name = "MyImplementationAt"
        by_interface = {"interface": rows.implementation.interface}
        for variables in (by_interface, {"actionId": str(rows.action.pk)}):
            data = await run(graphql, documents, name, member, **variables)
            assert data["myImplementationAt"]["id"] == str(rows.implementation.pk)
        answer = await graphql(
            documents[name], member, interface=foreign[1].implementation.interface
        )
        assert answer.codes == ["NOT_FOUND"]


async def test_task_events_come_in_the_order_of_the_feed(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    for number in range(3):
        await sync_to_async(world.make_event)(rows.task, "YIELD", returns={"sum": number})
    statements.clear()
    task = (await run(graphql, documents, "TaskEvents", member, id=str(rows.task.pk)))["task"]
    assert [event["kind"] for event in task["events"]] == ["QUEUED", "YIELD", "YIELD", "YIELD"]
    assert [event["returns"] for event in task["events"][1:]] == [{"sum": n} for n in range(3)]
    assert len(statements) == 2, statements


async def test_task_events_are_not_cut_to_a_page(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    member, rows = ours
    await sync_to_async(world.make_events)(rows.task, "YIELD", 1200)
    task = (await run(graphql, documents, "TaskEvents", member, id=str(rows.task.pk)))["task"]
    assert len(task["events"]) == 1201


async def test_get_event_never_has_a_null_level(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    member, rows = ours
    event = (await run(graphql, documents, "GetEvent", member, id=str(rows.event.pk)))["event"]
    assert (event["kind"], event["message"]) == ("QUEUED", "ours")
    answer = await graphql(f"{{ event(id: {rows.event.pk}) {{ level }} }}", member)
    assert answer.ok() == {"event": {"level": "INFO"}}


async def test_get_agent_tells_who_it_is(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    agent = (await run(graphql, documents, "GetAgent", member, id=str(rows.agent.pk)))["agent"]
    assert agent["name"] == "agent-ours"
    assert (agent["connected"], agent["active"]) == (True, True)
    assert agent["client"]["clientId"] == member.principal.client
    assert agent["user"]["sub"] == member.principal.subject
    assert agent["organization"]["slug"] == "org-ours"
    assert len(statements) == 1, statements
    same = await run(
        graphql, documents, "GetAgentByIdentifiers", member, app="app.ours", version="1.0"
    )
    assert same["agent"]["id"] == agent["id"]


async def test_list_agents_reads_once_however_many(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    for number in range(5):
        await sync_to_async(world.make_neighbour)(rows, number)
    statements.clear()
    data = await run(graphql, documents, "ListAgents", member)
    assert len(data["agents"]) == 6
    assert len(statements) == 1, statements
    data = await run(graphql, documents, "ListAgents", member, filters={"available": True})
    assert [agent["name"] for agent in data["agents"]] == ["agent-ours"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"supervisor": "engine"}, 1),
        ({"search": "ours"}, 2),
        ({"search": "nothing"}, 0),
        ({"hasImplementations": ["gone"]}, 0),
        ({"implementsProtocols": ["gone"]}, 0),
        ({"actionDemands": [{"key": "add", "returnMatches": [{"kind": "INT"}]}]}, 1),
        ({"actionDemands": [{"key": "add", "returnMatches": [{"kind": "STRING"}]}]}, 0),
        ({"stateDemands": [{"key": "stage", "matches": [{"key": "x", "kind": "FLOAT"}]}]}, 1),
        ({"stateDemands": [{"matches": [{"key": "y"}]}]}, 0),
        (
            {"requires": [{"key": "@rekuest/supervisor", "operator": "EQUALS", "value": "engine"}]},
            1,
        ),
        ({"requires": [{"key": "@rekuest/supervisor", "operator": "EXISTS", "value": False}]}, 1),
        ({"appIdentifier": "app.ours"}, 2),
        ({"versionNumber": "2"}, 0),
        ({"deviceId": "device-ours"}, 2),
        ({"ids": ["x", "99999999999999999999"]}, 0),
    ],
)
async def test_agents_are_filtered(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    filters: dict[str, Any],
    count: int,
) -> None:
    member, rows = ours
    await sync_to_async(world.make_neighbour)(rows, 1, supervisor="engine")
    data = await run(graphql, documents, "ListAgents", member, filters=filters)
    assert len(data["agents"]) == count


async def test_an_unknown_descriptor_of_agents_is_refused(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    requires = [{"key": "@mikro/axes", "operator": "EQUALS", "value": 1}]
    answer = await graphql(documents["SearchAgents"], ours[0], requires=requires)
    assert answer.codes == ["INVALID_INPUT"]


async def test_list_actions_reads_once_however_many(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    for number in range(5):
        await sync_to_async(world.make_action)(
            rows.organization, rows.action.app, world.ADD | {"key": f"k{number}"}
        )
    statements.clear()
    data = await run(graphql, documents, "ListActions", member)
    assert len(data["actions"]) == 6
    assert len(statements) == 1, statements
    for name in ("GetMeActions", "retrieveall"):
        assert len((await run(graphql, documents, name, member))["actions"]) == 6


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"search": "add OURS"}, 1),
        ({"search": "two numbers"}, 2),
        ({"name": {"iContains": "ours"}}, 1),
        ({"kind": "GENERATOR"}, 1),
        ({"assignable": True}, 1),
        ({"assignable": False}, 1),
        ({"inCollection": "math"}, 2),
        ({"appIdentifier": "app.theirs"}, 0),
        ({"demands": [{"kind": "ARGS", "matches": [{"kind": "INT"}], "forceLength": 2}]}, 1),
        ({"demands": [{"kind": "ARGS", "forceNonNullableLength": 1}]}, 2),
        ({"demands": [{"kind": "ARGS", "forceStructureLength": 1}]}, 1),
        ({"NOT": {"kind": "GENERATOR"}}, 1),
        ({"usedAfter": "2000-01-01T00:00:00Z"}, 1),
        ({"usedBefore": "2000-01-01T00:00:00Z"}, 0),
        ({"protocols": ["gone"]}, 0),
    ],
)
async def test_actions_are_filtered(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    filters: dict[str, Any],
    count: int,
) -> None:
    member, rows = ours
    await sync_to_async(world.make_action)(rows.organization, rows.action.app, world.SHOW)
    data = await run(graphql, documents, "ListActions", member, filters=filters)
    assert len(data["actions"]) == count


async def test_primary_actions_take_the_structure_first(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    member, rows = ours
    await sync_to_async(world.make_action)(rows.organization, rows.action.app, world.SHOW)
    name = "PrimaryActions"
    data = await run(graphql, documents, name, member, identifier="@mikro/image")
    assert [action["name"] for action in data["actions"]] == ["Show"]
    data = await run(graphql, documents, name, member, identifier="@mikro/table")
    assert data["actions"] == []
    ordering = [{"definedAt": "DESC"}]
    data = await run(graphql, documents, name, member, identifier="@mikro/image", ordering=ordering)
    assert len(data["actions"]) == 1


async def test_list_implementations_reads_once_however_many(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    for number in range(5):
        await sync_to_async(world.make_implementation)(rows, f"i{number}")
    statements.clear()
    data = await run(graphql, documents, "ListImplementations", member)
    assert len(data["implementations"]) == 6
    assert len(statements) == 1, statements
    data = await run(graphql, documents, "ImplementationsFor", member, hash=rows.action.hash)
    assert len(data["implementations"]) == 6


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"interface": {"iContains": "OURS"}}, 1),
        ({"active": True}, 1),
        ({"active": False}, 0),
        ({"search": "Add"}, 1),
        ({"parameters": [{"key": "marker", "value": "ours"}]}, 1),
        ({"parameters": [{"key": "marker", "value": "no"}]}, 0),
        ({"action": {"kind": "FUNCTION"}}, 1),
        ({"action": {"demands": [{"kind": "RETURNS", "forceLength": 2}]}}, 0),
        ({"agent": {"clientId": "test-client"}}, 1),
        ({"actionDemand": {"key": "add"}}, 1),
        ({"actionDemand": {"idempotent": True}}, 0),
    ],
)
async def test_implementations_are_filtered(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    filters: dict[str, Any],
    count: int,
) -> None:
    data = await run(graphql, documents, "ListImplementations", ours[0], filters=filters)
    assert len(data["implementations"]) == count


async def test_retired_implementations_are_reached_by_id_only(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    member, rows = ours
    await sync_to_async(world.retire)(rows.implementation)
    data = await run(graphql, documents, "ListImplementations", member)
    assert data["implementations"] == []
    design = await run(graphql, documents, "DesignAgents", member)
    assert design["agents"][0]["implementations"] == []
    one = await run(graphql, documents, "GetImplementation", member, id=str(rows.implementation.pk))
    assert one["implementation"]["id"] == str(rows.implementation.pk)


async def test_design_agents_reads_each_table_once(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    await sync_to_async(world.make_implementation)(rows, "second")
    statements.clear()
    agent = (await run(graphql, documents, "DesignAgents", member))["agents"][0]
    assert agent["app"]["identifier"] == "app.ours"
    assert agent["states"][0]["definition"]["ports"][0]["key"] == "x"
    assert len(agent["implementations"]) == 2
    assert len(statements) == 3, "\n".join(statements)


async def test_get_state_shows_its_definition(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    state = (await run(graphql, documents, "GetState", member, id=str(rows.state.pk)))["state"]
    assert state["definition"]["name"] == "Stage"
    assert state["agent"]["id"] == str(rows.agent.pk)
    assert len(statements) == 1, statements


async def test_requests_lists_the_tasks(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    member, rows = ours
    for _ in range(3):
        await sync_to_async(world.make_task)(rows.caller, rows.implementation)
    statements.clear()
    tasks = (await run(graphql, documents, "requests", member))["tasks"]
    assert len(tasks) == 4
    assert tasks[-1]["args"] == {"a": 1, "b": 2, "marker": "ours"}
    assert [event["level"] for event in tasks[-1]["events"]] == ["INFO"]
    assert len(statements) == 3, "\n".join(statements)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("SearchActions", "Add ours"),
        ("SearchAgents", "agent-ours"),
        ("SearchImplementations", "add_ours@agent-ours"),
    ],
)
async def test_searches_of_structures_find_by_text_and_by_value(
    graphql: GraphQLClient, documents: Documents, ours: Ours, name: str, label: str
) -> None:
    member = ours[0]
    found = (await run(graphql, documents, name, member, search="OURS"))["options"]
    assert [option["label"] for option in found] == [label]
    by_value = await run(graphql, documents, name, member, values=[found[0]["value"]])
    assert by_value["options"] == found
    assert (await run(graphql, documents, name, member, search="nothing"))["options"] == []
