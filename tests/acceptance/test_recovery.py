"""Processes die, and the work survives: the app's, the broker's, both."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from lab import Lab, Platform
from processes import Caller, Program, eventually, open_gate

APP = "org.example.workshop"


def kept_frames(program: Program) -> list[str]:
    """The frames the app holds on its disk because nobody acknowledged them."""
    journal = program.home / ".arkitekt" / "rekuest_journal.db"
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT frame FROM journal ORDER BY session_id, pos").fetchall()
    return [row[0] for row in rows]


def test_a_started_task_is_lost_and_one_not_started_runs_again(
    lab: Lab, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    started = caller.watch(caller.implementation(APP, "wait_for"), gate=str(tmp_path / "never"))
    started.event("PROGRESS", after=1)
    add = caller.implementation(APP, "add")
    workshop.freeze()
    waiting = caller.watch(add, a=1, b=2)
    waiting.event("QUEUED")

    workshop.kill()
    lab.workshop()

    assert started.result() == "LOST"
    lost = started.event("LOST")["value"]
    assert lost["started"] is True
    assert lost["last_progress"] == 10
    assert waiting.result() == "COMPLETED"
    assert waiting.event("YIELD")["returns"] == {"return0": 3}


def test_an_app_comes_back_as_the_same_agent(lab: Lab, workshop: Program, caller: Caller) -> None:
    before = caller.implementation(APP, "add")

    workshop.kill()
    lab.workshop()

    after = caller.implementation(APP, "add")
    assert after["id"] == before["id"]
    assert after["agent"]["id"] == before["agent"]["id"]
    assert caller.call(after, a=4, b=4).result() == 8


def test_a_clean_stop_tells_what_became_of_the_task(
    workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(tmp_path / "never"))
    order.event("PROGRESS", after=1)

    workshop.stop()

    assert order.result() == "CRITICAL"


def test_a_task_outlives_the_broker(
    lab: Lab, platform: Platform, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)
    process = platform.pid("rekuest")
    registered = len(workshop.seen(what="connection", state="registered"))

    platform.kill("rekuest")
    eventually(lambda: platform.pid("rekuest") not in {None, process}, "a new broker")
    workshop.wait(what="connection", state="registered", after=registered)
    assert workshop.alive()
    open_gate(gate, "through it all")

    late = lab.caller()
    assert eventually(lambda: "COMPLETED" in late.kinds_of(order.task), "the end of the task")
    kinds = late.kinds_of(order.task)
    assert kinds.count("YIELD") == kinds.count("COMPLETED") == 1
    given = next(e for e in late.events_of(order.task) if e["kind"] == "YIELD")
    assert given["returns"] == {"return0": "through it all"}
    assert late.call(late.implementation(APP, "add"), a=1, b=2).result() == 3


def test_what_was_reported_while_the_broker_was_away_is_not_lost(
    lab: Lab, platform: Platform, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)

    with platform.without("rekuest"):
        open_gate(gate, "nobody listened")
        eventually(
            lambda: any('"COMPLETED"' in frame for frame in kept_frames(workshop)),
            "the end of the task on the app's disk",
        )
        workshop.kill()
    again = lab.workshop()

    late = lab.caller()
    eventually(lambda: late.kinds_of(order.task)[-1] == "COMPLETED", "the end of the task")
    kinds = late.kinds_of(order.task)
    assert kinds.count("YIELD") == kinds.count("COMPLETED") == 1
    assert "LOST" not in kinds
    eventually(lambda: not kept_frames(again), "every frame acknowledged")


def test_the_gateway_dies_and_nobody_is_refused(
    lab: Lab, platform: Platform, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)
    registered = len(workshop.seen(what="connection", state="registered"))

    platform.kill("gateway")
    open_gate(gate, "the door was shut for a moment")
    workshop.wait(what="connection", state="registered", after=registered)

    late = lab.caller()
    eventually(lambda: late.kinds_of(order.task)[-1] == "COMPLETED", "the end of the task")
    assert late.kinds_of(order.task).count("YIELD") == 1


def test_the_database_dies_and_no_task_is_lost(
    lab: Lab, platform: Platform, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    order = caller.watch(caller.implementation(APP, "wait_for"), gate=str(gate))
    order.event("PROGRESS", after=1)
    process = platform.pid("postgres")

    platform.kill("postgres")
    open_gate(gate, "written down all the same")
    eventually(lambda: platform.pid("postgres") not in {None, process}, "a new database")
    eventually(platform.healthy, "every part well again")

    late = lab.caller()
    eventually(lambda: late.kinds_of(order.task)[-1] == "COMPLETED", "the end of the task")
    assert late.kinds_of(order.task).count("YIELD") == 1
    assert late.call(late.implementation(APP, "add"), a=1, b=2).result() == 3
