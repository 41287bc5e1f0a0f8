"""Admins handle agents: the row, the connection, and where work goes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from agents import Agent
from asgiref.sync import sync_to_async
from rows import agent_row, implementation_of, kinds_of

from chassis.testing.client import GraphQLClient
from chassis.testing.mint import Member, TokenMint
from rekuest_server.domain.errors import AgentBlocked
from rekuest_server.models import Implementation, Task
from rekuest_server.operations.broker import Broker

Make = Callable[..., Agent]
Assign = Callable[..., Awaitable[Task]]


@pytest.fixture
def order(graphql: GraphQLClient, ada: Member) -> Callable[..., Awaitable[Any]]:
    async def send(
        name: str, selection: str = "id", /, *, as_member: Member = ada, **given: Any
    ) -> Any:
        kind = {"drainAgent": "Drain", "pinAgent": "Pin", "updateAgent": "UpdateAgent"}.get(
            name, name[0].upper() + name[1:]
        )
        document = f"mutation m($in: {kind}Input!) {{ {name}(input: $in) {{ {selection} }} }}"
        return await graphql(document, as_member, **{"in": given})

    return send


async def test_a_blocked_agent_ends_and_is_refused_until_it_is_unblocked(
    make_agent: Make, assign: Assign, order: Any
) -> None:
    agent = make_agent()
    await agent.connect()
    answer = await order("block", "blocked blockedReason", agent=agent.agent_id, reason="noisy")
    assert answer.ok() == {"block": {"blocked": True, "blockedReason": "noisy"}}
    assert (await agent.next("KICK"))["reason"] == "This agent is blocked."
    assert await agent.closed() == 4003
    await agent.abort()
    with pytest.raises(AgentBlocked):
        await assign(implementation=await implementation_of(agent))
    await agent.dial()
    await agent.register()
    assert (await agent.next("PROTOCOL_ERROR"))["error"] == "This agent is blocked."
    assert await agent.closed() == 4003
    await agent.abort()
    assert (await order("unblock", "blocked blockedReason", agent=agent.agent_id)).ok() == {
        "unblock": {"blocked": False, "blockedReason": None}
    }
    assert (await agent.connect())["agent"] == agent.agent_id


async def test_a_blocked_agent_does_not_stand_in_the_way_of_another(
    make_agent: Make, assign: Assign, order: Any
) -> None:
    first, second = make_agent("first"), make_agent("second")
    await first.connect()
    await second.connect()
    await order("block", agent=first.agent_id)
    # Both offer the same action, by hash; the first one would be asked first.
    task = await assign(action_hash=(await _action_hash(second)))
    assert str(task.agent_id) == second.agent_id


@sync_to_async
def _action_hash(agent: Agent) -> str:
    return str(Implementation.objects.get(agent_id=agent.agent_id).action.hash)


async def gone(agent: Agent) -> None:
    """Wait until the server has noticed the end of a connection."""
    async with asyncio.timeout(120):
        while (await agent_row(agent)).connected:
            await asyncio.sleep(0.02)


async def test_a_draining_agent_finishes_and_gets_nothing_new(
    make_agent: Make, assign: Assign, order: Any, broker: Broker
) -> None:
    agent = make_agent()
    await agent.connect()
    target = await implementation_of(agent)
    running = await assign(implementation=target)
    await agent.next("ASSIGN")
    answer = await order("drainAgent", "draining active", agent=agent.agent_id)
    assert answer.ok() == {"drainAgent": {"draining": True, "active": False}}
    waiting = await assign(implementation=target)
    assert await agent.nothing("ASSIGN")
    await agent.run(str(running.pk))
    await agent.acknowledged()
    assert (await kinds_of(running.pk))[-1] == "COMPLETED"
    # It comes back from its update and is still draining.
    await agent.abort()
    agent.session, agent.pos = "after the update", 0
    await agent.connect(force=True)
    assert await agent.nothing("ASSIGN")
    await order("drainAgent", agent=agent.agent_id, drain=False)
    assert (await agent.next("ASSIGN"))["task"] == str(waiting.pk)


async def test_a_draining_agent_is_the_last_choice(
    make_agent: Make, assign: Assign, order: Any
) -> None:
    first, second = make_agent("first"), make_agent("second")
    await first.connect()
    await second.connect()
    action = await _action_hash(first)
    assert str((await assign(action_hash=action)).agent_id) == first.agent_id
    assert str((await assign(action_hash=action)).agent_id) == second.agent_id
    await order("drainAgent", agent=first.agent_id)
    for _ in range(3):
        assert str((await assign(action_hash=action)).agent_id) == second.agent_id


async def test_a_bounced_agent_is_told_to_come_back(make_agent: Make, order: Any) -> None:
    agent = make_agent()
    await agent.connect()
    assert (await order("bounce", agent=agent.agent_id)).ok()
    assert await agent.next("BOUNCE")


async def test_a_kicked_agent_ends_and_may_come_back(make_agent: Make, order: Any) -> None:
    agent = make_agent()
    await agent.connect()
    assert (await order("kick", agent=agent.agent_id)).ok()
    assert await agent.next("KICK")
    assert await agent.closed() == 4005
    await agent.abort()
    await gone(agent)
    await agent.connect()


@pytest.mark.parametrize("name", ["bounce", "kick"])
async def test_an_agent_that_is_away_cannot_be_told(
    make_agent: Make, order: Any, name: str
) -> None:
    agent = make_agent()
    await agent.connect()
    await agent.abort()
    await gone(agent)
    answer = await order(name, agent=agent.agent_id)
    assert answer.codes == ["CONFLICT"]


async def test_an_agent_is_pinned_renamed_and_taken_off_the_list(
    make_agent: Make, order: Any, graphql: GraphQLClient, ada: Member
) -> None:
    agent = make_agent()
    await agent.connect()
    pinned = await order("pinAgent", "pinned", id=agent.agent_id, pin=True)
    assert pinned.ok() == {"pinAgent": {"pinned": True}}
    renamed = await order("updateAgent", "name declaredName", id=agent.agent_id, name="Scope 2")
    assert renamed.ok() == {"updateAgent": {"name": "Scope 2", "declaredName": "fake:1"}}
    listed = (await graphql('{ agents(filters: {search: "scope"}) { name } }', ada)).ok()
    assert listed == {"agents": [{"name": "Scope 2"}]}
    delete = "mutation d($id: ID!) { deleteAgent(input: {id: $id}) }"
    assert (await graphql(delete, ada, id=agent.agent_id)).codes == ["CONFLICT"]
    await agent.abort()
    await gone(agent)
    assert (await graphql(delete, ada, id=agent.agent_id)).ok() == {"deleteAgent": agent.agent_id}
    assert (await graphql("{ agents { id } }", ada)).ok() == {"agents": []}
    await agent.connect()
    assert (await graphql("{ agents { name } }", ada)).ok() == {"agents": [{"name": "Scope 2"}]}


@pytest.mark.parametrize("name", ["block", "unblock", "drainAgent", "bounce", "kick"])
async def test_only_admins_handle_agents(
    make_agent: Make, order: Any, mint: TokenMint, name: str
) -> None:
    agent = make_agent()
    await agent.connect()
    editor = mint.member(roles=["editor"], client_id="editor")
    assert (await order(name, as_member=editor, agent=agent.agent_id)).codes == [
        "PERMISSION_DENIED"
    ]
    stranger = mint.member(org="2", active_org="second", client_id="stranger")
    assert (await order(name, as_member=stranger, agent=agent.agent_id)).codes == ["NOT_FOUND"]
    assert (await agent_row(agent)).blocked is False
