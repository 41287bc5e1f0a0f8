"""An agent whose client is removed while it is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from agents import Agent

from chassis import open_sockets
from chassis.config import ServiceConfig, current
from chassis.identity import TokenVerifier, set_verifier
from chassis.testing.mint import TokenMint


async def test_a_removed_agent_is_told_and_closed_and_another_stays(
    make_agent: Callable[..., Agent], mint: TokenMint
) -> None:
    removed: dict[str, int] = {}

    async def source() -> Mapping[str, Any]:
        return {"revoked": dict(removed)}

    tokens = current(ServiceConfig).tokens.model_copy(update={"revocations_seconds": 0.001})
    set_verifier(TokenVerifier(tokens, audience=mint.audience, revocations=source))
    gone, stays = make_agent("gone"), make_agent("stays")
    await gone.connect()
    await stays.connect()
    assert await open_sockets.end_removed() == 0
    removed["gone"] = gone.member.principal.generation + 1
    async with asyncio.timeout(120):
        while not await open_sockets.end_removed():
            await asyncio.sleep(0.01)
    assert (await gone.next("KICK"))["reason"] == "This client was removed or blocked."
    assert await gone.closed() == 4003
    await gone.abort()
    await stays.report("LOCK", key="stage", task=None)
    await stays.acknowledged()
    await gone.dial()
    await gone.register()
    refused = (await gone.next("PROTOCOL_ERROR"))["error"]
    assert refused == "This client was removed or blocked; log in again."
    assert await gone.closed() == 4001
