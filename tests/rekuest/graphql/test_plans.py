"""The prepared plans of the hot documents are held against the generic executor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import world
from feeds import DIALECTS, event, messages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.graphql.app import GraphQLApp
from chassis.graphql.plans import PlanBook
from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from chassis.testing.websocket import WebSocketSession
from rekuest_server.domain.errors import FeedTooSlow
from rekuest_server.domain.kinds import EventKind
from rekuest_server.graphql.schema import schema
from rekuest_server.operations.feed_queue import TaskCreated

Ours = tuple[Member, world.Rows]
Documents = dict[str, str]
Open = Callable[..., WebSocketSession]
NOW = datetime(2026, 5, 4, 3, 2, 1, 123000, tzinfo=UTC)

#: Assigns that a plan exists for, besides the client's own.
PLANNED = {
    "only the id": "mutation Assign($input: AssignInput!) { assign(input: $input) { id } }",
    "an alias": "mutation($i: AssignInput!) { it: assign(input: $i) { a: id b: policy } }",
    "a fragment": "mutation A($input: AssignInput!) { assign(input: $input) { ...T } }"
    " fragment T on Task { id isDone argsHash revision instructs { kind } }",
    "every known field": "mutation A($input: AssignInput!) { assign(input: $input) {"
    " id args argsHash reference isDone latestEventKind latestInstructKind policy createdAt"
    " updatedAt revision finishedAt parent { id } root { id } events { id } __typename } }",
}
#: Assigns that are left to the generic executor.
UNPLANNED = {
    "another field": "mutation A($input: AssignInput!) { assign(input: $input) { action { id } } }",
    "a directive": "mutation A($input: AssignInput!)"
    " { assign(input: $input) { id @skip(if: true) } }",
    "two fields": "mutation A($input: AssignInput!) { assign(input: $input) { id }"
    " two: assign(input: $input) { id } }",
    "a literal": "mutation A($args: Args!) { assign(input: {args: $args, capture: false}) { id } }",
    "a default": "mutation A($input: AssignInput! = {args: {}, capture: false})"
    " { assign(input: $input) { id } }",
    "an inline fragment": "mutation A($input: AssignInput!)"
    " { assign(input: $input) { ... on Task { id } } }",
    "a field that is not there": "mutation A($input: AssignInput!)"
    " { assign(input: $input) { nothing } }",
    "no document": "mutation A($input",
    "another mutation": "mutation A($input: CancelInput!) { cancel(input: $input) { id } }",
}


@pytest.fixture
def no_plans(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Switches the plans off."""
    empty = PlanBook(schema._schema, {})
    return lambda: monkeypatch.setattr(schema, "plans", empty)


@pytest.fixture
def no_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a request that the generic executor gets fail."""

    async def run(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the generic executor was asked")

    monkeypatch.setattr(GraphQLApp, "run", run)


def wish(rows: world.Rows, **changes: Any) -> dict[str, Any]:
    return {
        "implementation": str(rows.implementation.pk),
        "args": {"a": 1, "b": 2.5, "c": [None, "é"]},
        "reference": "call",
        "capture": False,
        "policy": "AUTO",
    } | changes


def normal(text: bytes | str) -> str:
    """An answer without what differs from task to task."""
    plain = text.decode() if isinstance(text, bytes) else text
    plain = re.sub(r'"\d{4}-\d\d-\d\dT[^"]+\+00:00"', '"moment"', plain)
    return re.sub(r'"(id|a)":"\d+"', r'"\1":"number"', plain.replace(": ", ":").replace(", ", ","))


async def both(
    graphql: GraphQLClient,
    switch_off: Callable[[], None],
    document: str,
    member: Member,
    make: Callable[[str], dict[str, Any]],
) -> tuple[Any, Any]:
    """The answers by plan and by the generic executor to the same wish under two references."""
    planned = await graphql(document, member, **make("call-1"))
    switch_off()
    generic = await graphql(document, member, **make("call-2"))
    return planned, generic


def told(answer: Any) -> str:
    for error in answer.errors:
        error.get("extensions", {}).pop("requestId", None)
    return normal(json.dumps([answer.status, answer.data, answer.errors]))


def same(planned: Any, generic: Any) -> bool:
    return told(planned).replace("call-1", "call") == told(generic).replace("call-2", "call")


@pytest.mark.parametrize("name", [*PLANNED, "the client's"])
async def test_a_planned_assign_needs_no_executor(
    graphql: GraphQLClient, documents: Documents, ours: Ours, no_executor: None, name: str
) -> None:
    document = PLANNED.get(name, documents["assign"])
    variable = "i" if name == "an alias" else "input"
    answer = await graphql(document, ours[0], **{variable: wish(ours[1])})
    assert answer.ok()


@pytest.mark.parametrize("name", [*PLANNED, "the client's"])
async def test_a_planned_assign_answers_as_the_executor_does(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    no_plans: Callable[[], None],
    name: str,
) -> None:
    document = PLANNED.get(name, documents["assign"])
    variable = "i" if name == "an alias" else "input"
    planned, generic = await both(
        graphql,
        no_plans,
        document,
        ours[0],
        lambda reference: {variable: wish(ours[1], reference=reference)},
    )
    assert planned.ok()
    assert same(planned, generic)


@pytest.mark.parametrize("document", UNPLANNED.values(), ids=UNPLANNED.keys())
def test_what_a_plan_does_not_know_has_none(document: str) -> None:
    assert schema.plans.of(document, None) is None


def test_an_operation_of_another_name_has_no_plan(documents: Documents) -> None:
    document = documents["assign"]
    assert schema.plans.of(document, "assign") is not None
    assert schema.plans.of(document, "another") is None
    assert schema.plans.of(None, None) is None
    assert schema.plans.of(document + " " * 20_000, None) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"implementation": None},
        {"implementation": "0"},
        {"implementation": "no number"},
        {"implementation": None, "action": "999999"},
        {"implementation": None, "actionHash": "unknown"},
        {"implementation": None, "agent": "1"},
        {"args": None},
        {"args": [1]},
        {"args": {"a": "x" * 1_000_000}},
        {"args": {"a": "\x00"}},
        {"capture": "yes"},
        {"capture": None},
        {"policy": "SOMETIMES"},
        {"policy": None},
        {"reference": 7},
        {"reference": "r" * 300},
        {"hooks": []},
        {"unknown": 1},
        {"notBefore": "tomorrow"},
        {"step": True, "interface": "add_ours"},
    ],
    ids=repr,
)
async def test_what_is_wrong_with_a_wish_is_told_the_same_way(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    no_plans: Callable[[], None],
    changes: dict[str, Any],
) -> None:
    planned, generic = await both(
        graphql,
        no_plans,
        documents["assign"],
        ours[0],
        lambda reference: {"input": wish(ours[1], **({"reference": reference} | changes))},
    )
    assert same(planned, generic)


async def test_who_may_not_assign_is_told_the_same_way(
    graphql: GraphQLClient,
    documents: Documents,
    ours: Ours,
    mint: TokenMint,
    no_plans: Callable[[], None],
) -> None:
    viewer = mint.member(roles=["viewer"])
    planned, generic = await both(
        graphql, no_plans, documents["assign"], viewer, lambda _: {"input": wish(ours[1])}
    )
    assert planned.errors
    assert same(planned, generic)


async def test_a_fault_of_the_server_tells_nothing_of_itself(
    graphql: GraphQLClient, documents: Documents, ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(**_: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("rekuest_server.operations.task.task_new", broken)
    answer = await graphql(documents["assign"], ours[0], input=wish(ours[1]))
    assert answer.codes == ["INTERNAL_ERROR"]
    assert "secret" not in repr(answer)


async def test_a_reference_that_exists_is_answered_by_the_executor(
    graphql: GraphQLClient, documents: Documents, ours: Ours
) -> None:
    first = await graphql(documents["assign"], ours[0], input=wish(ours[1]))
    again = await graphql(documents["assign"], ours[0], input=wish(ours[1]))
    assert again.ok()["assign"]["id"] == first.ok()["assign"]["id"]
    assert [each["level"] for each in again.ok()["assign"]["events"]] == ["INFO"]


def created(**changes: Any) -> TaskCreated:
    values: dict[str, Any] = {
        "id": 7,
        "reference": "call",
        "is_done": False,
        "latest_kind": "QUEUED",
        "latest_instruct": "ASSIGN",
        "action_id": 1,
        "implementation_id": 2,
        "agent_id": None,
        "root_id": None,
        "parent_id": 5,
        "created_at": NOW,
        "updated_at": NOW,
        "finished_at": None,
        "revision": 3,
    }
    return TaskCreated(**(values | changes))


WHOLE = """subscription {
  mytasks {
    create { id reference isDone latestEventKind latestInstructKind action implementation agent
      root parent createdAt updatedAt finishedAt revision }
    event { id task kind message progress returns value createdAt }
  }
}"""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("which", ["the client's", "whole"])
async def test_a_planned_feed_looks_as_the_executor_shows_it(
    documents: Documents,
    ours: Ours,
    websocket: Open,
    feeding: list[Any],
    no_plans: Callable[[], None],
    dialect: str,
    which: str,
) -> None:
    document = WHOLE if which == "whole" else documents["WatchMyTasks"]
    assert schema.plans.of(document, None) is not None
    feeding += [created(), created(finished_at=NOW, implementation_id=None, is_done=True)]
    feeding += [event(kind, number) for number, kind in enumerate(EventKind)]
    feeding.append(
        event(
            "YIELD",
            99,
            returns_json='{"sum": 3, "é": [null, 1.5]}'.encode(),
            value_json=b"[1]",
            message='a "word"\n',
            progress=50,
            created_at=NOW,
        )
    )
    async with websocket("graphql", subprotocols=[dialect]) as socket:
        planned = await messages(socket, document, ours[0], dialect)
    no_plans()
    async with websocket("graphql", subprotocols=[dialect]) as socket:
        assert await messages(socket, document, ours[0], dialect) == planned
    assert len(planned) == len(feeding) + 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("end", [FeedTooSlow(), RuntimeError("a secret")], ids=repr)
async def test_a_planned_feed_ends_as_the_executor_ends_it(
    documents: Documents,
    ours: Ours,
    websocket: Open,
    feeding: list[Any],
    dialect: str,
    end: Exception,
) -> None:
    feeding += [event("STARTED"), end]
    async with websocket("graphql", subprotocols=[dialect]) as socket:
        planned = await messages(socket, documents["WatchMyTasks"], ours[0], dialect)
    assert planned[0]["payload"]["data"]["mytasks"]["event"]["kind"] == "STARTED"
    code = "FEED_TOO_SLOW" if isinstance(end, FeedTooSlow) else "INTERNAL_ERROR"
    assert code in repr(planned[1])
    assert "secret" not in repr(planned)


async def test_followers_of_one_document_share_what_is_shown(
    documents: Documents, ours: Ours, websocket: Open, feeding: list[Any]
) -> None:
    feeding.append(event("STARTED"))
    seen = []
    for document in (documents["WatchMyTasks"], documents["WatchMyTasks"], WHOLE):
        async with websocket("graphql", subprotocols=["graphql-ws"]) as socket:
            await messages(socket, document, ours[0], "graphql-ws")
        seen.append(feeding[0].shown)
    assert seen[0] is seen[1]
    assert seen[2] is not seen[1]


def test_plans_are_forgotten_in_the_order_they_were_made() -> None:
    book = PlanBook(schema._schema, {"assign": lambda root: None})
    for number in range(600):
        book.of(f"{{ unknown{number} }}", None)
    assert len(book._known) == 512


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=40) | st.sampled_from([b"[]", b"null", b'{"query": 1}', b'{"query":""}']))
def test_a_body_of_another_form_has_no_plan(body: bytes) -> None:
    assert schema.plans.of_body(body) is None
