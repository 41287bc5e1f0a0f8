"""Actions that are called around a task, by the released client's own `hooks`."""

from __future__ import annotations

import pytest
from processes import Caller, Program

APP = "org.example.workshop"


def called_for(workshop: Program, task: str) -> int:
    """How often the workshop was called for a task."""
    return len(workshop.seen(what="remembered", of=task))


@pytest.mark.parametrize("kinds", [["INIT"], ["CLEANUP"], ["INIT", "CLEANUP"]])
def test_a_root_is_attended_by_its_hooks(
    workshop: Program, caller: Caller, kinds: list[str]
) -> None:
    digest = caller.implementation(APP, "remember")["action"]["hash"]
    hooks = [{"kind": kind, "hash": digest} for kind in kinds]
    order = caller.order(
        "watch",
        implementation=caller.implementation(APP, "add")["id"],
        args={"a": 1, "b": 2},
        options={"hooks": hooks},
    )
    assert order.result() == "COMPLETED"
    workshop.wait(what="remembered", of=order.task, after=len(kinds) - 1)
    # A plain call after it: what was due before has been sent by then.
    assert caller.call(caller.implementation(APP, "add"), a=2, b=2).result() == 4
    assert called_for(workshop, order.task) == len(kinds)


def test_a_child_of_a_workflow_is_attended_by_its_hooks(workshop: Program, caller: Caller) -> None:
    digest = caller.implementation(APP, "remember")["action"]["hash"]
    before = len(workshop.seen(what="remembered"))
    order = caller.order(
        "call",
        implementation=caller.implementation(APP, "attended")["id"],
        args={"digest": digest, "a": 1},
        options={"policy": "AUTO"},
    )
    assert order.result() == 2
    first = workshop.wait(what="remembered", after=before)
    second = workshop.wait(what="remembered", after=before + 1)
    assert first["of"] == second["of"]


def test_a_hook_that_nobody_offers_is_refused(workshop: Program, caller: Caller) -> None:
    order = caller.order(
        "watch",
        implementation=caller.implementation(APP, "add")["id"],
        args={"a": 1, "b": 2},
        options={"hooks": [{"kind": "INIT", "hash": "nothing"}]},
    )
    assert "Nothing offers the action 'nothing'" in order.end()["message"]
