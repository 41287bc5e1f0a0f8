"""Guards: the revision of a state a workflow depends on, and who changed it since."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from agents import Agent, implementation
from rows import implementation_of

from rekuest_server.models import Task

Make = Callable[..., Agent]
Assign = Callable[..., Awaitable[Task]]
STATE = {
    "interface": "stage",
    "key": "position",
    "definition": {"name": "Stage", "ports": [{"key": "x", "kind": "FLOAT"}]},
}
NEED = {
    "key": "mover",
    "auto_resolvable": True,
    "action_dependencies": [{"key": "move", "demand": {"key": "move"}}],
}


class Lab:
    """A workflow that runs, and the stage it depends on."""

    def __init__(self, stage: Agent, flow: Agent, task: str) -> None:
        self.stage = stage
        self.flow = flow
        self.task = task
        self.revision = 0

    async def ask(self, **changes: Any) -> dict[str, Any]:
        wish = {"parent": self.task, "dependency": "mover", "state": "stage"} | changes
        request = await self.flow.request("STATE_REVISION_REQUEST", **wish)
        answer = await self.flow.next("STATE_REVISION_RESPONSE")
        assert answer["request"] == request
        return answer

    async def patch(self, path: str, task: str | None = None) -> None:
        self.revision += 1
        await self.stage.report(
            "STATE_PATCH",
            session_id=self.stage.session,
            global_rev=self.revision,
            state_name="stage",
            ts=1_700_000_000.0,
            op="replace",
            path=path,
            value=self.revision,
            task_id=task,
        )
        await self.stage.acknowledged()


@pytest_asyncio.fixture
async def lab(make_agent: Make, assign: Assign) -> Lab:
    stage = make_agent("stage", implementations=[implementation("move")], states=[STATE])
    await stage.connect(opens=False)
    await stage.report("SESSION_INIT", session_id=stage.session, states={"stage": {"x": 0, "y": 0}})
    await stage.acknowledged()
    flow = make_agent(
        "flow",
        implementations=[
            implementation("run", execution="WORKFLOW", code_hash="c", dependencies=[NEED])
        ],
    )
    await flow.connect()
    task = await assign(implementation=await implementation_of(flow, "run"), policy="AUTO")
    await flow.next("ASSIGN")
    await flow.report("STARTED", str(task.pk))
    await flow.acknowledged()
    return Lab(stage, flow, str(task.pk))


async def test_the_first_answer_is_the_revision_now(lab: Lab) -> None:
    answer = await lab.ask()
    assert answer["error"] is None
    assert answer["changed"] is None
    assert answer["revision"] == {
        "agent": lab.stage.agent_id,
        "session": lab.stage.session,
        "revision": 0,
    }
    assert (await lab.ask(state="position"))["revision"] == answer["revision"]


async def test_nothing_changed_since(lab: Lab) -> None:
    since = (await lab.ask())["revision"]
    assert (await lab.ask(since=since, paths=["/x"]))["changed"] is False


@pytest.mark.parametrize(
    ("path", "guarded", "changed"),
    [
        ("/x", [], True),
        ("/x", ["/x"], True),
        ("/x", ["x"], True),
        ("/x", ["/y"], False),
        ("/x", ["/x/deeper"], True),
        ("", ["/x"], True),
    ],
)
async def test_a_change_counts_where_it_is_guarded(
    lab: Lab, path: str, guarded: list[str], changed: bool
) -> None:
    since = (await lab.ask())["revision"]
    await lab.patch(path)
    answer = await lab.ask(since=since, paths=guarded)
    assert answer["changed"] is changed
    assert answer["revision"]["revision"] == 1
    if changed:
        assert "the agent itself" in answer["detail"]


async def test_what_the_workflow_does_itself_does_not_count(lab: Lab) -> None:
    since = (await lab.ask())["revision"]
    await lab.flow.request(
        "ASSIGN_REQUEST",
        parent=lab.task,
        parent_step=2,
        dependency="mover",
        method="move",
        args={"a": 1},
    )
    child = (await lab.flow.next("ASSIGN_RESPONSE"))["task"]
    await lab.stage.next("ASSIGN")
    await lab.patch("/x", child)
    assert (await lab.ask(since=since, paths=["/x"]))["changed"] is False
    await lab.patch("/x", "999999")
    answer = await lab.ask(since=since, paths=["/x"])
    assert (answer["changed"], "task 999999" in answer["detail"]) == (True, True)


async def test_a_state_that_was_set_up_again_has_changed(lab: Lab) -> None:
    since = (await lab.ask())["revision"]
    await lab.stage.abort()
    lab.stage.session, lab.stage.pos = "another process", 0
    await lab.stage.connect(force=True, opens=False)
    await lab.stage.report(
        "SESSION_INIT", session_id=lab.stage.session, states={"stage": {"x": 0, "y": 0}}
    )
    await lab.stage.acknowledged()
    answer = await lab.ask(since=since, paths=["/x"])
    assert answer["changed"] is True
    assert "set up again" in answer["detail"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dependency": "gone"}, "is not resolved"),
        ({"state": "gone"}, "publishes the state 'gone'"),
        ({"parent": "0"}, "parent"),
        ({"parent": "x"}, "parent"),
    ],
)
async def test_a_question_that_leads_nowhere_is_answered(
    lab: Lab, changes: dict[str, Any], words: str
) -> None:
    answer = await lab.ask(**changes)
    assert words in answer["error"]
    assert answer["revision"] is None


async def test_an_earlier_revision_that_cannot_be_read_is_answered(lab: Lab) -> None:
    since = (await lab.ask())["revision"]
    for revision in ("x", [], {"a": 1}, -1):
        answer = await lab.ask(since=since | {"revision": revision})
        assert (answer["error"], answer["changed"]) == ("The earlier revision is no number.", None)
    assert (await lab.ask(since=since))["changed"] is False
