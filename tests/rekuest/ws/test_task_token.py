"""Tokens of tasks: signed for whoever reads them, verified by the key set anybody may fetch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jwt
import pytest
from agents import Agent, definition, implementation
from rows import implementation_of

from chassis.testing.mint import Member
from rekuest_server.models import Task

Make = Callable[..., Agent]
Assign = Callable[..., Awaitable[Task]]
IMAGE = definition(
    "blur", args=[{"key": "image", "kind": "STRUCTURE", "identifier": "@mikro/image"}]
)


async def token_for(agent: Agent, assign: Assign, args: dict[str, Any]) -> tuple[Task, Any]:
    await agent.connect()
    task = await assign(args, implementation=await implementation_of(agent, "blur"))
    return task, (await agent.next("ASSIGN"))["token"]


async def verified(http: httpx.AsyncClient, token: str, audience: str) -> dict[str, Any]:
    answer = await http.get("/rekuest/.well-known/jwks.json")
    assert answer.status_code == 200
    (key,) = [jwt.PyJWK.from_dict(item) for item in answer.json()["keys"]]
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    return dict(jwt.decode(token, key, algorithms=["EdDSA"], audience=audience))


async def test_a_task_on_structures_carries_a_token_for_their_service(
    make_agent: Make, assign: Assign, http: httpx.AsyncClient, ada: Member
) -> None:
    agent = make_agent(implementations=[implementation("blur", definition=IMAGE)])
    args = {"image": "7", "a": 1}
    task, token = await token_for(agent, assign, args)
    claims = await verified(http, token, "mikro")
    assert claims["aud"] == ["mikro"]
    assert (claims["tsk"], claims["rtk"], claims["ptk"]) == (str(task.pk), str(task.pk), None)
    assert claims["sub"] == claims["rcb"] == ada.principal.subject
    assert claims["act"] == {
        "sub": agent.member.principal.subject,
        "cid": agent.member.principal.client,
    }
    canonical = json.dumps(args, sort_keys=True, separators=(",", ":"))
    assert claims["ahs"] == hashlib.sha256(canonical.encode()).hexdigest()
    assert claims["aha"] == "sha256-canonical-v1"
    assert claims["exp"] > claims["iat"]
    with pytest.raises(jwt.InvalidAudienceError):
        await verified(http, token, "elektro")


@pytest.mark.parametrize(
    ("changes", "audience"),
    [
        ({"needs_token": False}, None),
        ({"provenance_audience": []}, None),
        ({"provenance_audience": ["elektro"]}, ["elektro"]),
        ({"definition": definition("blur")}, None),
        ({"definition": definition("blur"), "provenance_audience": ["lab"]}, ["lab"]),
    ],
)
async def test_a_token_is_made_only_for_somebody(
    make_agent: Make, assign: Assign, changes: dict[str, Any], audience: list[str] | None
) -> None:
    agent = make_agent(
        implementations=[implementation("blur", **({"definition": IMAGE} | changes))]
    )
    _, token = await token_for(agent, assign, {"a": 1})
    if audience is None:
        assert token is None
    else:
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["aud"] == audience


async def test_a_task_that_is_sent_again_carries_a_token_again(
    make_agent: Make, assign: Assign
) -> None:
    agent = make_agent(implementations=[implementation("blur", definition=IMAGE)])
    task, _ = await token_for(agent, assign, {"image": "7"})
    await agent.abort()
    await agent.connect()
    again = await agent.next("ASSIGN")
    claims = jwt.decode(again["token"], options={"verify_signature": False})
    assert claims["tsk"] == str(task.pk)


async def test_the_key_set_is_for_reading_and_tells_nothing_secret(
    application: Any, http: httpx.AsyncClient
) -> None:
    answer = await http.get("/rekuest/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert (await http.post("/rekuest/.well-known/jwks.json")).status_code == 405
