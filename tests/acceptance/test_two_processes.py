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
DEAF_ROUNDS = 10


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

    def there() -> Program | None:
        lab.running_workshop().kill()
        workshop = lab.workshop()
        return workshop if pair.is_at_other(APP, lab.organization) else None

    pair.to_other()
    try:
        far: Program = eventually(there, "the workshop at the second process", timeout=240)
        return far
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


def test_a_probe_runs_at_an_app_of_the_other(lab: Lab, pair: Pair, far_workshop: Program) -> None:
    pair.to_one()
    name = "org.example.glancer"
    near = lab.start("workshop", "glancer", key=lab.key_of("glancer"), WORKSHOP=name)
    near.wait(what="connection", state="registered")
    caller = lab.caller()
    for app in (APP, name):  # on two processes, then on one
        glance = caller.order(
            "call",
            implementation=caller.implementation(name, "glance")["id"],
            args={"implementation": caller.implementation(app, "add")["id"], "a": 40, "b": 2},
            options={"policy": "AUTO"},
        )
        assert glance.result() == 42
    assert near.stop() == 0 or not near.alive()


def test_deaf_processes_lose_no_call(lab: Lab, pair: Pair, far_workshop: Program) -> None:
    caller = lab.caller()
    add = caller.implementation(APP, "add")
    assert caller.call(add, a=0, b=0).result() == 0
    count = caller.order(
        "iterate", implementation=caller.implementation(APP, "count")["id"], args={"to": 300}
    )
    orders = []
    for number in range(DEAF_ROUNDS):
        orders += [caller.call(add, a=number, b=place) for place in range(3)]
        # They listen again within half a second, or a little more on a busy machine.
        eventually(pair.deafen, "a process that hears the other")
        orders[-1].end()
    results = [order.result() for order in orders]
    assert results == [number + place for number in range(DEAF_ROUNDS) for place in range(3)]
    assert count.result() == list(range(1, 301))
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
