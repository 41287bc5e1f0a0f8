"""What an agent says besides its tasks: states, locks, shelved values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents import Agent
from asgiref.sync import sync_to_async
from rows import count

from rekuest_server import models

Make = Callable[..., Agent]

STAGE = {
    "interface": "stage",
    "definition": {"name": "Stage", "ports": [{"key": "x", "kind": "INT"}]},
}


@sync_to_async
def stage() -> models.State:
    return models.State.objects.select_related("session").get(interface="stage")


@sync_to_async
def locks() -> dict[str, int | None]:
    return dict(models.Lock.objects.values_list("key", "held_by_id"))


async def connected(make_agent: Make, **changes: Any) -> Agent:
    agent = make_agent(states=[STAGE], **changes)
    await agent.connect(opens=False)
    await agent.report("SESSION_INIT", session_id=agent.session, states={"stage": {"x": 1}})
    return agent


async def patch(agent: Agent, rev: int, op: str, path: str, value: Any) -> None:
    await agent.report(
        "STATE_PATCH",
        session_id=agent.session,
        global_rev=rev,
        state_name="stage",
        ts=1_700_000_000.0,
        op=op,
        path=path,
        value=value,
        old_value=None,
    )


async def test_a_session_opens_with_the_baseline(make_agent: Make) -> None:
    agent = await connected(make_agent)
    await agent.acknowledged()
    state = await stage()
    assert (state.value, state.rev) == ({"x": 1}, 0)
    assert state.session is not None
    assert state.session.session_id == agent.session
    assert await count(models.Snapshot, global_rev=0) == 1


async def test_patches_change_the_value_and_are_kept(make_agent: Make) -> None:
    agent = await connected(make_agent)
    await patch(agent, 1, "replace", "/x", 5)
    await patch(agent, 2, "add", "/y", [1])
    await patch(agent, 3, "add", "/y/-", 2)
    await agent.acknowledged()
    state = await stage()
    assert (state.value, state.rev) == ({"x": 5, "y": [1, 2]}, 3)
    assert await count(models.Patch, interface="stage") == 3
    assert state.session is not None
    assert state.session.states_rev == 3


async def test_a_patch_that_does_not_fit_is_kept_and_the_snapshot_mends_it(
    make_agent: Make,
) -> None:
    agent = await connected(make_agent)
    await patch(agent, 1, "remove", "/nowhere/at/all", None)
    await agent.acknowledged()
    assert (await stage()).value == {"x": 1}
    await agent.report(
        "STATE_SNAPSHOT", session_id=agent.session, global_rev=2, snapshots={"stage": {"x": 9}}
    )
    await agent.acknowledged()
    state = await stage()
    assert (state.value, state.rev) == ({"x": 9}, 2)
    assert await count(models.Patch) == 1


async def test_a_patch_that_is_sent_again_counts_once(make_agent: Make) -> None:
    agent = await connected(make_agent)
    await patch(agent, 1, "add", "/l", [])
    await patch(agent, 2, "add", "/l/-", 1)
    await agent.abort()
    await agent.connect()
    await agent.acknowledged()
    assert (await stage()).value == {"x": 1, "l": [1]}
    assert await count(models.Patch) == 2


async def test_states_nobody_declared_are_no_fault(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect(opens=False)
    await agent.report("SESSION_INIT", session_id=agent.session, states={"ghost": 1})
    await agent.acknowledged()
    assert await count(models.State) == 0


async def test_locks_are_held_and_given_back(make_agent: Make) -> None:
    agent = make_agent(locks=[{"key": "laser", "definition": {"key": "laser"}}])
    await agent.connect()
    await agent.acknowledged()
    assert await locks() == {"laser": None}
    await agent.report("LOCK", key="laser", task="7")
    await agent.acknowledged()
    assert await locks() == {"laser": 7}
    await agent.report("UNLOCK", key="laser", task="8")
    await agent.acknowledged()
    assert await locks() == {"laser": 7}
    await agent.report("UNLOCK", key="laser", task="7")
    await agent.acknowledged()
    assert await locks() == {"laser": None}


async def test_a_new_process_holds_no_locks_and_no_values(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.report("LOCK", key="laser", task="7")
    await agent.report("SHELVE", identifier="@a/b", resource_id="r", ref="r", label="l")
    await agent.acknowledged()
    assert await count(models.Drawer, resource_id="r", label="l") == 1
    await agent.abort()
    fresh = make_agent()
    await fresh.connect()
    await fresh.acknowledged()
    assert await locks() == {"laser": None}
    assert await count(models.Drawer) == 0


async def test_a_shelved_value_can_be_dropped(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.report("SHELVE", identifier="@a/b", resource_id="r", ref="r")
    await agent.report("SHELVE", identifier="@a/b", resource_id="r", ref="r")
    await agent.report("UNSHELVE", ref="q", drawer="unknown")
    await agent.acknowledged()
    assert await count(models.Drawer) == 1
    await agent.report("UNSHELVE", ref="r", drawer="r")
    await agent.acknowledged()
    assert await count(models.Drawer) == 0


async def test_guards_and_probes_are_answered(make_agent: Make) -> None:
    agent = make_agent()
    await agent.connect()
    request = await agent.request(
        "STATE_REVISION_REQUEST", parent="1", dependency="d", state="stage", paths=[]
    )
    answer = await agent.next("STATE_REVISION_RESPONSE")
    assert (answer["request"], bool(answer["error"])) == (request, True)
    request = await agent.request("PROBE_REQUEST", args={})
    answer = await agent.next("PROBE_RESPONSE")
    assert (answer["request"], bool(answer["error"])) == (request, True)
