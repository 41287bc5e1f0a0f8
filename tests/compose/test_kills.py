"""Every container is killed while tasks run and a file is uploaded: all is done, nothing twice.

`BAUHOF_KILL_TASKS` makes the tasks more than usual.
"""

from __future__ import annotations

import os
from pathlib import Path

import daemon
import pytest
from installation import Installation
from lab import Lab
from processes import Order, Program, eventually, open_gate

APP = "org.example.workshop"
TASKS = int(os.environ.get("BAUHOF_KILL_TASKS", "40"))
BYTES = "60000000"
PATIENCE = 240.0
#: What is killed while all goes on.
KILLED = (
    *("redis", "worker", "beat", "backup", "deployer", "kabinet", "fakts"),
    *("objectstore", "mikro", "rekuest", "postgres"),
)
#: Those without whose help no file is written; each of them is killed during one more upload.
UPLOADED = {"fakts", "objectstore", "mikro", "postgres"}


def running_tasks(lab: Lab, gate: Path, count: int) -> list[Order]:
    """Tasks that wait until a file exists."""
    caller = lab.running_caller()
    offered = caller.implementation(APP, "wait_for")
    orders = [caller.watch(offered, gate=str(gate)) for _ in range(count)]
    for order in orders:
        order.event("PROGRESS", timeout=PATIENCE)
    return orders


def uploading(lab: Lab, name: str) -> Program:
    """A program that writes a file and reads it back."""
    program = lab.start("imaging", name, key=lab.key_of("uploads"), ONLY="files", BIG=BYTES)
    program.wait(what="writing", size=int(BYTES), timeout=PATIENCE)
    return program


def is_whole(program: Program) -> bool:
    """Whether the file came back as it was; a client may give up, but never in silence."""
    assert program.ended(timeout=PATIENCE) is not None
    told = program.wait(what="check", name="files")
    assert told["ok"] or told["told"]["error"], told
    return bool(told["ok"])


def kinds_in_the_end(lab: Lab, orders: list[Order]) -> list[list[str]]:
    """What was recorded of each task, once all have ended."""
    late = lab.caller()
    ends = {"COMPLETED", "FAILED", "CANCELLED", "LOST", "CRITICAL"}
    for order in orders:
        eventually(
            lambda order=order: ends & {*late.kinds_of(order.task)}, "its end", timeout=PATIENCE
        )
    return [late.kinds_of(order.task) for order in orders]


def test_all_is_done_once_whatever_is_killed(
    lab: Lab, installation: Installation, tmp_path: Path
) -> None:
    workshop = lab.running_workshop()
    orders = running_tasks(lab, tmp_path / "gate", TASKS)
    for name in KILLED:
        upload = uploading(lab, f"upload-{name}") if name in UPLOADED else None
        installation.kill(name)
        if upload is not None and not is_whole(upload):
            assert is_whole(uploading(lab, f"again-{name}")), name
        assert workshop.alive(), f"{name}: {workshop.errors.read_text()[-3000:]}"
    open_gate(tmp_path / "gate", "go on")
    for kinds in kinds_in_the_end(lab, orders):
        assert (kinds.count("YIELD"), kinds.count("COMPLETED")) == (1, 1), kinds


def test_the_gateway_ends_apps_and_their_tasks_end_once_or_are_lost_with_a_reason(
    lab: Lab, installation: Installation, tmp_path: Path
) -> None:
    """An app of the released client ends when it is refused once; a person starts it again."""
    workshop = lab.running_workshop()
    orders = running_tasks(lab, tmp_path / "gate", 10)
    tasks = [order.task for order in orders]
    installation.kill("gateway")
    if not workshop.alive():
        again = lab.start("workshop", "workshop", key=lab.key_of("workshop"))
        again.wait(what="connection", state="registered", timeout=PATIENCE)
    open_gate(tmp_path / "gate", "go on")
    for task, kinds in zip(tasks, kinds_in_the_end(lab, orders), strict=True):
        assert kinds.count("YIELD") <= 1, (task, kinds)
        if "COMPLETED" not in kinds:
            last = lab.running_caller().events_of(task)[-1]
            assert last["kind"] == "LOST" and last["message"], last


def test_everything_comes_back_with_the_engine(
    lab: Lab, installation: Installation, engine: daemon.Engine
) -> None:
    if engine.restart is None:
        pytest.skip("this engine was not started here, so it is not ours to restart")
    orgs = installation.run("org", "list")
    engine.restart()
    eventually(installation.healthy, "everything to come back", timeout=PATIENCE)
    assert installation.run("org", "list") == orgs
    lab.workshop()
    calling = lab.caller()
    assert calling.call(calling.implementation(APP, "add"), a=1, b=2).result() == 3
