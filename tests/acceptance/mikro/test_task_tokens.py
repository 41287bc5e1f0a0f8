"""What an app stores inside a task carries the task: signed by rekuest, verified by mikro."""

from __future__ import annotations

import pytest

APP = "org.example.filing"


@pytest.fixture
def filing(lab):
    """The filing app, registered."""
    program = lab.start("filing", "filing", key=lab.key_of("filing"))
    program.wait(what="connection", state="registered", timeout=120)
    yield program
    program.close()


def test_mikro_records_the_task_a_folder_was_made_in(filing, caller):
    file_away = caller.implementation(APP, "file_away")
    orders = {name: caller.watch(file_away, name=name) for name in ("first", "second")}
    for name, order in orders.items():
        assert order.result() == "COMPLETED", filing.errors.read_text()[-3000:]
        made = filing.wait(what="made", name=name)
        returned = order.event("YIELD")["returns"]["return0"]
        assert returned == {"__identifier": "@mikro/folder", "object": made["folder"]}
        assert made["through"]["taskId"] == order.task
        assert made["through"]["rootTaskId"] == order.task
        assert made["through"]["agentClientId"]
        assert made["through"]["argsHash"]
    hashes = {filing.seen(what="made", name=name)[0]["through"]["argsHash"] for name in orders}
    assert len(hashes) == 2, "each task's token names its own arguments"
