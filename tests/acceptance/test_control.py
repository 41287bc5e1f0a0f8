"""A caller stops, holds and steps a running task, by the released client."""

from __future__ import annotations

from pathlib import Path

from processes import Caller, Program, open_gate

APP = "org.example.workshop"


def test_a_cancelled_task_ends_as_cancelled(
    workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(tmp_path / "never"))
    order.event("PROGRESS", after=1)

    caller.invoke("acancel", task=order.task)

    assert order.result() == "CANCELLED"
    workshop.wait(what="task", task=order.task, kind="cancelled")


def test_giving_a_call_up_cancels_its_task(
    workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(tmp_path / "never"))
    order.event("PROGRESS", after=1)

    caller.order("give_up", order=order.number).result()

    assert order.end()["error"] == "CancelledError"
    assert caller.kinds_of(order.task)[-1] == "CANCELLED"


def test_an_interrupted_task_ends_as_interrupted(
    workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(tmp_path / "never"))
    order.event("PROGRESS", after=1)

    caller.invoke("ainterrupt", task=order.task)

    assert order.result() == "INTERRUPTED"


def test_an_ended_task_cannot_be_cancelled(workshop: Program, caller: Caller) -> None:
    order = caller.watch(caller.implementation(APP, "add"), a=1, b=1)
    order.result()

    caller.order("invoke", method="acancel", args={"task": order.task}).end()

    assert caller.kinds_of(order.task)[-1] == "COMPLETED"


def test_a_task_pauses_steps_and_goes_on(workshop: Program, caller: Caller, tmp_path: Path) -> None:
    order = caller.watch(caller.implementation(APP, "pace"), folder=str(tmp_path), steps=3)
    order.event("PROGRESS", after=1)

    caller.invoke("apause", task=order.task)
    order.event("PAUSING")
    (tmp_path / "1").touch()
    order.event("PAUSED")
    assert not [event for event in order.events() if event["message"] == "step 2"]

    caller.invoke("aresume", task=order.task, step=True)
    (tmp_path / "2").touch()
    order.event("PAUSED", after=1)
    assert [event for event in order.events() if event["message"] == "step 2"]
    assert not [event for event in order.events() if event["message"] == "step 3"]

    caller.invoke("aresume", task=order.task, step=False)
    (tmp_path / "3").touch()
    assert order.result() == "COMPLETED"
    assert order.event("YIELD")["returns"] == {"return0": 3}


def test_a_stranger_cannot_stop_a_task(
    workshop: Program, caller: Caller, stranger: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)

    refused = stranger.order("invoke", method="acancel", args={"task": order.task}).end()

    assert "error" in refused
    open_gate(gate, "still here")
    assert order.result() == "COMPLETED"
