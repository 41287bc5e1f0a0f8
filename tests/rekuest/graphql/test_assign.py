"""Assign and the controls, as the released client sends them, and the feed it waits on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import world
from asgiref.sync import sync_to_async

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import WebSocketSession

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]
Open = Callable[..., WebSocketSession]


def wish(rows: world.Rows, **changes: Any) -> dict[str, Any]:
    """The input of an assign, whole, as the client dumps it."""
    return {
        "implementation": str(rows.implementation.pk),
        "args": {"a": 1, "b": 2},
        "reference": "call-1",
        "capture": False,
        "policy": "AUTO",
    } | changes


async def assigned(
    graphql: GraphQLClient, documents: Documents, ours: Ours, **changes: Any
) -> dict[str, Any]:
    answer = await graphql(documents["assign"], ours[0], input=wish(ours[1], **changes))
    return answer.ok()["assign"]


async def test_assign_answers_with_the_task(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    task = await assigned(graphql, documents, ours)
    assert task["args"] == {"a": 1, "b": 2}
    assert (task["reference"], task["policy"], task["parent"]) == ("call-1", "AUTO", None)
    assert task["latestEventKind"] == "QUEUED"
    assert (task["events"], task["instructs"]) == ([], [])
    again = await assigned(graphql, documents, ours)
    assert again["id"] == task["id"]


@pytest.mark.parametrize(
    "target",
    [
        {"action": "action"},
        {"actionHash": "hash"},
        {"agent": "agent", "interface": "add_ours"},
    ],
)
async def test_assign_takes_every_target(
    graphql: GraphQLClient, documents: Documents, ours: Ours, target: dict[str, str]
) -> None:
    rows = ours[1]
    known = {
        "action": str(rows.action.pk),
        "hash": rows.action.hash,
        "agent": str(rows.agent.pk),
    }
    given = {key: known.get(value, value) for key, value in target.items()}
    task = await assigned(graphql, documents, ours, implementation=None, **given)
    one = (
        await graphql(
            "query Q($id: ID!) { task(id: $id) { implementation { id } } }", ours[0], id=task["id"]
        )
    ).ok()
    assert one["task"]["implementation"]["id"] == str(rows.implementation.pk)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"implementation": "999999"}, "NO_TARGET"),
        ({"implementation": "x"}, "NOT_FOUND"),
        ({"implementation": None}, "NO_TARGET"),
        ({"args": [1]}, "INVALID_INPUT"),
    ],
)
async def test_assign_refuses_what_cannot_run(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    changes: dict[str, Any],
    code: str,
) -> None:
    answer = await graphql(documents["assign"], ours[0], input=wish(ours[1], **changes))
    assert answer.codes == [code]


async def test_assign_of_a_foreign_implementation_is_like_an_absent_one(
    graphql: GraphQLClient, documents: Documents, ours: Ours, theirs: Ours
) -> None:
    answer = await graphql(documents["assign"], ours[0], input=wish(theirs[1]))
    assert answer.codes == ["NO_TARGET"]


async def test_assign_needs_a_role(
    graphql: GraphQLClient, documents: Documents, ours: Ours, mint: TokenMint
) -> None:
    viewer = mint.member(roles=["viewer"])
    answer = await graphql(documents["assign"], viewer, input=wish(ours[1]))
    assert answer.codes == ["PERMISSION_DENIED"]


async def test_assign_is_one_statement(
    graphql: GraphQLClient, documents: Documents, ours: Ours, statements: list[str]
) -> None:
    await assigned(graphql, documents, ours)
    statements.clear()
    await assigned(graphql, documents, ours, reference="call-2")
    assert len(statements) == 1, "\n".join(statements)


@pytest.mark.parametrize(
    ("control", "kind", "instruct"),
    [
        ("cancel", "CANCELLING", "CANCEL"),
        ("interrupt", "INTERRUPTING", "INTERRUPT"),
        ("pause", "PAUSING", "PAUSE"),
    ],
)
async def test_controls_tell_a_running_task(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    statements: list[str],
    control: str,
    kind: str,
    instruct: str,
) -> None:
    member, rows = ours
    task = await sync_to_async(world.make_running_task)(rows)
    document = documents[control]
    answer = await graphql(document, member, input={"task": str(task.pk)})
    assert answer.ok()[control]["id"] == str(task.pk)
    assert answer.ok()[control]["latestEventKind"] == kind
    known = "query Q($id: ID!) { task(id: $id) { latestInstructKind instructs { kind } } }"
    found = (await graphql(known, member, id=str(task.pk))).ok()["task"]
    assert found == {"latestInstructKind": instruct, "instructs": [{"kind": instruct}]}


async def test_a_task_that_waits_cannot_be_paused(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    task = await assigned(graphql, documents, ours)
    answer = await graphql(documents["pause"], ours[0], input={"task": task["id"]})
    assert answer.codes == ["TASK_NOT_RUNNING"]


async def test_a_task_that_waits_is_cancelled_at_once(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    task = await assigned(graphql, documents, ours)
    answer = await graphql(documents["cancel"], ours[0], input={"task": task["id"]})
    assert answer.ok()["cancel"]["latestEventKind"] == "CANCELLED"
    events = await graphql(documents["TaskEvents"], ours[0], id=task["id"])
    assert events.ok()["task"]["events"][-1]["kind"] == "CANCELLED"


@pytest.mark.parametrize("control", ["cancel", "interrupt", "pause", "resume", "decide"])
async def test_controls_of_foreign_tasks_are_not_found(
    graphql: GraphQLClient, documents: Documents, ours: Ours, theirs: Ours, control: str
) -> None:
    task = await assigned(graphql, documents, theirs)
    for given in (task["id"], "999999999", "x"):
        values = {"task": given} | ({"approved": True} if control == "decide" else {})
        values |= {"step": False} if control == "resume" else {}
        answer = await graphql(documents[control], ours[0], input=values)
        assert answer.codes == ["NOT_FOUND"]


class Feed:
    """The caller's feed over one of the two websocket dialects."""

    def __init__(self, socket: WebSocketSession, next_type: str) -> None:
        self.socket = socket
        self.next_type = next_type

    async def next(self) -> dict[str, Any]:
        """Return the next entry of the feed."""
        while True:
            message = await self.socket.receive()
            if message["type"] in {"ka", "ping"}:
                continue
            assert message["type"] == self.next_type, message
            return message["payload"]["data"]["mytasks"]

    async def is_quiet(self) -> bool:
        """Tell whether nothing but signs of life comes for a moment."""
        while not await self.socket.silent(0.2):
            if (await self.socket.receive())["type"] != "ka":
                return False
        return True


async def start_feed(
    socket: WebSocketSession, document: str, member: Member, *, legacy: bool
) -> Feed:
    await socket.send({"type": "connection_init", "payload": {"token": member.token}})
    assert (await socket.receive())["type"] == "connection_ack"
    await socket.send(
        {
            "id": "1",
            "type": "start" if legacy else "subscribe",
            "payload": {"query": document, "variables": {}},
        }
    )
    return Feed(socket, "data" if legacy else "next")


@pytest.mark.parametrize("dialect", ["graphql-ws", "graphql-transport-ws"])
async def test_mytasks_tells_of_the_task_and_its_events_without_reading(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    websocket: Open,
    statements: list[str],
    dialect: str,
) -> None:
    await assigned(graphql, documents, ours, reference="call-0")
    async with websocket("graphql", subprotocols=[dialect]) as socket:
        feed = await start_feed(
            socket, documents["WatchMyTasks"], ours[0], legacy=dialect == "graphql-ws"
        )
        assert await feed.is_quiet()
        statements.clear()
        task = await assigned(graphql, documents, ours)
        cost = len(statements)
        created = (await feed.next())["create"]
        assert (created["id"], created["reference"]) == (task["id"], "call-1")
        assert (created["latestEventKind"], created["latestInstructKind"]) == ("QUEUED", "ASSIGN")
        assert len(statements) == cost == 1
        await graphql(documents["cancel"], ours[0], input={"task": task["id"]})
        event = (await feed.next())["event"]
        while event["kind"] != "CANCELLED":
            event = (await feed.next())["event"]
        read = (await graphql(documents["TaskEvents"], ours[0], id=task["id"])).ok()["task"]
        assert event["id"] == read["events"][-1]["id"]


async def test_mytasks_is_cut_by_caller(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    theirs: Ours,
    mint: TokenMint,
    websocket: Open,
) -> None:
    other_client = mint.member(client_id="another-client")
    async with (
        websocket("graphql", subprotocols=["graphql-ws"]) as one,
        websocket("graphql", subprotocols=["graphql-ws"]) as two,
    ):
        feeds = [
            await start_feed(one, documents["WatchMyTasks"], theirs[0], legacy=True),
            await start_feed(two, documents["WatchMyTasks"], other_client, legacy=True),
        ]
        await assigned(graphql, documents, ours)
        assert [await feed.is_quiet() for feed in feeds] == [True, True]
