"""An app offers actions, and another program calls them and sees what happens."""

from __future__ import annotations

from lab import Lab
from processes import Caller, Program

APP = "org.example.workshop"


def kinds_in_order(found: list[str], *expected: str) -> bool:
    """Whether the expected kinds come in that order, whatever comes between."""
    rest = iter(found)
    return all(kind in rest for kind in expected)


def test_a_call_shows_progress_log_and_result(workshop: Program, caller: Caller) -> None:
    order = caller.watch(caller.implementation(APP, "add"), a=2, b=40)

    assert order.result() == "COMPLETED"
    assert kinds_in_order(order.kinds(), "STARTED", "PROGRESS", "LOG", "YIELD", "COMPLETED")
    assert {"progress": 50, "message": "half way"}.items() <= order.event(
        "PROGRESS", after=1
    ).items()
    assert order.event("LOG")["message"] == "adding"
    assert order.event("YIELD")["returns"] == {"return0": 42}


def test_the_recorded_events_are_the_ones_the_caller_saw(workshop: Program, caller: Caller) -> None:
    order = caller.watch(caller.implementation(APP, "add"), a=1, b=1)
    order.result()

    recorded = caller.events_of(order.task)
    seen = {event["id"] for event in order.events()}
    assert seen <= {event["id"] for event in recorded}
    assert [event["kind"] for event in recorded if event["id"] in seen] == order.kinds()
    assert len(recorded) == len({event["id"] for event in recorded})


def test_a_call_by_implementation_and_by_action_give_the_value(
    workshop: Program, caller: Caller
) -> None:
    add = caller.implementation(APP, "add")

    assert caller.call(add, a=2, b=40).result() == 42
    by_id = caller.order("call", action=add["action"]["id"], args={"a": 20, "b": 3})
    assert by_id.result() == 23
    by_hash = caller.order("call", hash=add["action"]["hash"], args={"a": 1, "b": 6})
    assert by_hash.result() == 7


def test_a_generator_gives_each_value(workshop: Program, caller: Caller) -> None:
    count = caller.implementation(APP, "count")
    order = caller.order("iterate", implementation=count["id"], args={"to": 5})

    assert order.result() == [1, 2, 3, 4, 5]
    assert order.values() == [1, 2, 3, 4, 5]


def test_the_kinds_of_the_actions_are_known(workshop: Program, caller: Caller) -> None:
    document = "query Kind($id: ID!) { action(id: $id) { kind name description } }"
    kinds = {
        interface: caller.graphql(
            document, id=caller.implementation(APP, interface)["action"]["id"]
        )["action"]["kind"]
        for interface in ("add", "count", "survey")
    }
    assert kinds == {"add": "FUNCTION", "count": "GENERATOR", "survey": "FUNCTION"}


def test_many_calls_at_once_all_end(workshop: Program, caller: Caller) -> None:
    add = caller.implementation(APP, "add")
    orders = [caller.call(add, a=number, b=number) for number in range(20)]

    assert [order.result() for order in orders] == [2 * number for number in range(20)]


def test_a_body_that_raises_is_a_critical_error(workshop: Program, caller: Caller) -> None:
    end = caller.call(caller.implementation(APP, "fail"), message="the lamp is broken").end()

    assert end["error"] == "CriticalCallError"
    assert "the lamp is broken" in end["message"]
    assert caller.call(caller.implementation(APP, "add"), a=1, b=2).result() == 3


def test_a_bad_argument_is_an_error_of_the_call(workshop: Program, caller: Caller) -> None:
    add = caller.implementation(APP, "add")
    end = caller.order("call_raw", implementation=add["id"], args={"a": "x", "b": 1}).end()

    assert end["error"] in {"ErrorCallError", "PostmanException"}, end
    assert end["message"]


def test_an_unknown_implementation_is_a_typed_refusal(workshop: Program, caller: Caller) -> None:
    end = caller.order("watch", implementation="987654321", args={}).end()

    assert end["error"] == "PostmanException"
    assert "Traceback" not in end["message"]


def test_another_organization_sees_nothing_of_it(
    workshop: Program, caller: Caller, other_lab: Lab
) -> None:
    add = caller.implementation(APP, "add")
    task = caller.watch(add, a=1, b=1)
    task.result()
    stranger = other_lab.caller()

    assert stranger.invoke("alist_implementations") == []
    assert stranger.order("watch", implementation=add["id"], args={"a": 1, "b": 1}).end()[
        "error"
    ] == ("PostmanException")
    assert "error" in stranger.order("invoke", method="atask_events", args={"id": task.task}).end()


def test_a_state_is_published_and_read_back(workshop: Program, caller: Caller) -> None:
    move = caller.implementation(APP, "move")
    moves = caller.call(move, to=7).result()

    values = caller.invoke("acheckout_agent", agent=move["agent"]["id"])["values"]
    assert values["Stage"] == {"x": 7, "moves": moves}
