"""Two rekuest processes and a network between: released clients on either, cut off, one dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab
from platform_handle import Platform
from processes import Caller, Program, eventually, open_gate
from second_process import Pair, second_process

APP = "org.example.workshop"


@pytest.fixture(scope="module")
def pair(platform: Platform) -> Iterator[Pair]:
    """A second process beside the platform's own."""
    with second_process(platform) as pair:
        yield pair
    # Whoever was connected through the switch comes back without it.
    eventually(platform.healthy, "every part well again")


@pytest.fixture
def far_workshop(lab: Lab, pair: Pair) -> Program:
    """The workshop, connected to the second process."""
    lab.running_workshop().kill()
    pair.to_other()
    try:
        return lab.workshop()
    finally:
        pair.to_one()


def test_a_call_on_one_process_runs_at_an_app_of_the_other(
    lab: Lab, far_workshop: Program, tmp_path: Path
) -> None:
    caller = lab.caller()
    assert caller.call(caller.implementation(APP, "add"), a=1, b=2).result() == 3
    order = caller.order(
        "iterate", implementation=caller.implementation(APP, "count")["id"], args={"to": 200}
    )
    assert order.result() == list(range(1, 201))
    running = caller.watch(caller.implementation(APP, "wait_for"), gate=str(tmp_path / "never"))
    running.event("PROGRESS", after=1)
    caller.invoke("acancel", task=running.task)
    assert running.result() == "CANCELLED"
    assert far_workshop.alive()


def test_the_network_is_cut_in_the_middle_of_a_task(
    lab: Lab, pair: Pair, far_workshop: Program, tmp_path: Path
) -> None:
    caller = lab.caller()
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)
    task = order.task
    registered = len(far_workshop.seen(what="connection", state="registered"))

    pair.cut()
    open_gate(gate, "across the cut")
    far_workshop.wait(what="connection", state="registered", after=registered)

    late = lab.caller()
    eventually(lambda: late.kinds_of(task)[-1] == "COMPLETED", "the end of the task")
    kinds = late.kinds_of(task)
    assert kinds.count("STARTED") == kinds.count("YIELD") == kinds.count("COMPLETED") == 1


def test_one_of_two_processes_dies_and_the_other_goes_on(
    lab: Lab, pair: Pair, far_workshop: Program, tmp_path: Path
) -> None:
    caller: Caller = lab.caller()
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)
    registered = len(far_workshop.seen(what="connection", state="registered"))

    pair.kill_other()
    open_gate(gate, "the other one heard it")
    far_workshop.wait(what="connection", state="registered", after=registered)

    # The caller was on the process that lives: its feed never broke.
    assert order.result() == "COMPLETED"
    assert order.kinds().count("YIELD") == 1
    assert caller.call(caller.implementation(APP, "add"), a=2, b=2).result() == 4
