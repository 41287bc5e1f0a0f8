"""A workflow calls other actions as its children, and outlives the process that ran it."""

from __future__ import annotations

from pathlib import Path

from lab import Lab
from processes import Caller, Order, Program

APP = "org.example.workshop"


def survey(caller: Caller, gate: Path, stops: list[int]) -> Order:
    """Start a survey whose children need nobody's consent."""
    return caller.order(
        "watch",
        implementation=caller.implementation(APP, "survey")["id"],
        args={"stops": stops, "gate": str(gate)},
        options={"policy": "AUTO"},
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
