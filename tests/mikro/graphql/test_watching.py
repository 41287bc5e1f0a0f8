"""The subscription to files, in the dialect the released client speaks."""

from __future__ import annotations

import asyncio


async def test_files_are_announced_to_their_organization_alone(
    lab, websocket, documents, two_organizations
):
    ours, theirs = two_organizations
    folder = await lab.get("CreateFolder", input={"name": "watched"})
    query = documents["WatchFiles"]
    async with websocket("graphql", subprotocols=["graphql-ws"]) as socket:
        await _start(socket, ours, query, {})
        async with websocket("graphql", subprotocols=["graphql-ws"]) as other:
            await _start(other, theirs, query, {})
            # Nothing says when a subscription has begun, so files are made until one is seen.
            for number in range(120):
                made = await lab.file(f"seen {number}", folder=folder["id"])
                if (event := await _told(socket)) is not None:
                    break
            while event["create"]["id"] != made["id"]:
                assert event["create"]["name"].startswith("seen ")
                event = await _data(socket)
            await _nothing_but_life(other)
        delete = "mutation($id: ID!) { deleteFile(input: {id: $id}) }"
        (await lab.graphql(delete, ours, id=made["id"])).ok()
        assert (await _data(socket))["delete"] == made["id"]


async def _start(socket, member, query, variables):
    await socket.send({"type": "connection_init", "payload": {"token": member.token}})
    assert (await socket.receive())["type"] == "connection_ack"
    payload = {"headers": member.headers, "query": query, "variables": variables}
    await socket.send({"id": "1", "type": "start", "payload": payload})


async def _data(socket):
    while True:
        message = await asyncio.wait_for(socket.receive(), 60)
        if message["type"] == "data":
            return message["payload"]["data"]["files"]
        assert message["type"] == "ka", message


async def _told(socket):
    """The next event, None if there is none for a while."""
    while not await socket.silent(0.5):
        message = await socket.receive()
        if message["type"] == "data":
            return message["payload"]["data"]["files"]
        assert message["type"] == "ka", message
    return None


async def _nothing_but_life(socket):
    """Until it is silent, only keep-alives come."""
    while not await socket.silent(0.4):
        assert (await socket.receive())["type"] == "ka"
