"""The released client under faults it did not cause, and under those it did."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from lab import Lab, Platform
from processes import PATIENCE, Caller, Order, Program, eventually, open_gate

APP = "org.example.workshop"
#: Shorter than the client's patience (about 31 s), much longer than a restart.
AWAY_SECONDS = 12
TOO_LARGE = "x" * 1_000_000
#: Each is a process that costs seconds of a core; `make bench ONLY=fleet` starts twenty.
APPS = int(os.environ.get("BAUHOF_FLEET", "3"))
CALLS = 50
#: Calls of each app that are under way; the caller gives up a connection that takes it 30 s to
#: make, as it does for want of a processor with a thousand calls in one process.
AT_ONCE = 5
#: All start and are called at once, so the last one waits for the work of all.
FLEET_PATIENCE = PATIENCE + 20 * APPS


def journal_of(program: Program) -> Path:
    """The file in which the app keeps what is not acknowledged."""
    return program.home / ".arkitekt" / "rekuest_journal.db"


def kept(program: Program) -> list[str]:
    """The frames in it."""
    with sqlite3.connect(f"file:{journal_of(program)}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT frame FROM journal ORDER BY pos")]


def test_five_thousand_yields_come_in_order(workshop: Program, caller: Caller) -> None:
    count = caller.implementation(APP, "count")
    order = caller.order("iterate", implementation=count["id"], args={"to": 5000})
    assert order.result() == list(range(1, 5001))
    assert order.values() == list(range(1, 5001))
    assert workshop.alive()


def test_a_return_that_is_too_large_fails_its_task_alone(
    workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    open_gate(gate, TOO_LARGE)
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    assert order.result() == "FAILED"
    assert "object storage" in order.event("FAILED")["message"]
    assert workshop.alive()
    assert caller.call(caller.implementation(APP, "add"), a=1, b=2).result() == 3


def test_arguments_that_are_too_large_are_refused_by_their_name(
    workshop: Program, caller: Caller
) -> None:
    end = caller.watch(caller.implementation(APP, "wait_for"), gate=TOO_LARGE).end()
    assert "'gate'" in end["message"]
    assert caller.call(caller.implementation(APP, "add"), a=2, b=2).result() == 4
    assert workshop.alive()


def test_a_second_process_of_an_agent_is_refused_and_the_first_works_on(
    lab: Lab, workshop: Program, caller: Caller
) -> None:
    second = lab.start("workshop", "workshop", key=lab.key_of("workshop"))
    second.wait(what="ended")
    second.ended()
    assert "connected" in second.output + second.errors.read_text()
    assert workshop.alive()
    assert caller.call(caller.implementation(APP, "add"), a=3, b=2).result() == 5


def test_many_apps_with_many_calls(lab: Lab, caller: Caller) -> None:
    names = [f"org.example.fleet-{number}" for number in range(APPS)]
    fleet = [lab.start("workshop", name, key=lab.key_of(name), WORKSHOP=name) for name in names]
    for program in fleet:
        program.wait(what="connection", state="registered", timeout=FLEET_PATIENCE)
    offered = [caller.implementation(name, "add") for name in names]
    orders: list[tuple[Order, int]] = []
    for number in range(CALLS):
        for place, implementation in enumerate(offered):
            if len(orders) >= AT_ONCE * APPS:
                orders[-AT_ONCE * APPS][0].end(FLEET_PATIENCE)
            orders.append((caller.call(implementation, a=number, b=place), number + place))
    results = [order.result(FLEET_PATIENCE) for order, _ in orders]
    assert results == [total for _, total in orders]
    for program in fleet:
        program.wait(what="task", action="add", kind="done", after=CALLS - 1)
        assert len(program.seen(what="task", action="add", kind="done")) == CALLS
        program.close()


def test_twelve_seconds_of_bad_gateway_cost_nothing(
    lab: Lab, platform: Platform, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)
    registered = len(workshop.seen(what="connection", state="registered"))
    with platform.without("rekuest"):
        open_gate(gate, "said into the dark")
        time.sleep(AWAY_SECONDS)
        assert workshop.alive()
    workshop.wait(what="connection", state="registered", after=registered)
    late = lab.caller()
    eventually(lambda: late.kinds_of(order.task)[-1] == "COMPLETED", "the end of the task")
    assert late.kinds_of(order.task).count("YIELD") == 1


def test_a_poison_frame_on_an_apps_disk_does_not_keep_it_from_starting(
    lab: Lab, platform: Platform, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)
    with platform.without("rekuest"):
        open_gate(gate, "a good value")
        eventually(
            lambda: any('"COMPLETED"' in frame for frame in kept(workshop)), "the end on the disk"
        )
        workshop.kill()
        with sqlite3.connect(journal_of(workshop)) as database:
            # As of another installation: the client sends it, this server knows no such task.
            database.execute(
                """UPDATE journal SET frame = replace(frame, '"task":', '"task":"unknown","was":')
                WHERE frame LIKE '%"YIELD"%'"""
            )
    again = lab.workshop()
    late = lab.caller()
    eventually(lambda: not kept(again), "every frame acknowledged")
    kinds = late.kinds_of(order.task)
    assert "YIELD" not in kinds
    assert kinds[-1] == "COMPLETED"
    assert late.call(late.implementation(APP, "add"), a=1, b=2).result() == 3
