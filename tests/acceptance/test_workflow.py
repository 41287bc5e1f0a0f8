"""A workflow calls other actions as its children, and outlives the process that ran it."""

from __future__ import annotations

from pathlib import Path

from lab import Lab
from processes import Caller, Order, Program, eventually

APP = "org.example.workshop"


def survey(caller: Caller, gate: Path, stops: list[int], policy: str = "AUTO") -> Order:
    """Start a survey; with AUTO its children need nobody's consent."""
    return caller.order(
        "watch",
        implementation=caller.implementation(APP, "survey")["id"],
        args={"stops": stops, "gate": str(gate)},
        options={"policy": policy},
    )


def test_a_workflow_calls_its_children(workshop: Program, caller: Caller, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    before = len(workshop.seen(what="task", action="move", kind="done"))
    order = survey(caller, gate, [3, 1, 4])

    assert order.result() == "COMPLETED"
    assert len(workshop.seen(what="task", action="move", kind="done")) == before + 3
    assert [event["message"] for event in order.events() if event["kind"] == "PROGRESS"][1:] == [
        "at 3",
        "at 1",
        "at 4",
    ]


def test_a_workflow_is_resumed_after_its_process_died(
    lab: Lab, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = survey(caller, gate, [5, 6])
    order.event("PROGRESS", after=1)
    began = order.event("EFFECT")["value"]

    workshop.kill()
    gate.touch()
    again = lab.workshop()

    assert order.result() == "COMPLETED"
    assert order.event("YIELD")["returns"]["return0"]["began"] == began
    assert len(again.seen(what="task", action="move", kind="done")) == 1


def held_child(caller: Caller, order: Order) -> str:
    """The child that waits for a person to decide."""
    document = """
    query Children($task: ID!) { task(id: $task) { children { id latestEventKind isDone } } }
    """

    def find() -> str | None:
        children = caller.graphql(document, task=order.task)["task"]["children"]
        return next((c["id"] for c in children if c["latestEventKind"] == "HELD"), None)

    found: str = eventually(find, "a child that waits")
    return found


def test_a_child_waits_for_consent(workshop: Program, caller: Caller, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    order = survey(caller, gate, [8], policy="ASK")
    child = held_child(caller, order)
    assert not order.kinds().count("YIELD")

    caller.invoke("adecide", task=child, approved=True, answer="go on")

    assert order.result() == "COMPLETED"
    assert caller.kinds_of(child)[-1] == "COMPLETED"


def test_a_refused_child_is_an_error_in_the_workflow(
    workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    order = survey(caller, tmp_path / "gate", [9], policy="ASK")
    child = held_child(caller, order)

    caller.invoke("adecide", task=child, approved=False, answer="not today")

    assert order.result() == "CRITICAL"
    assert "not today" in order.event("CRITICAL")["message"]
    assert caller.kinds_of(child)[-1] == "DENIED"
