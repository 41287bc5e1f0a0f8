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
            await asyncio.sleep(0.5)
            await lab.file("seen", folder=folder["id"])
            event = await _data(socket)
            assert event["create"]["name"] == "seen"
            await _nothing_but_life(other)
        delete = "mutation($id: ID!) { deleteFile(input: {id: $id}) }"
        (await lab.graphql(delete, ours, id=event["create"]["id"])).ok()
        assert (await _data(socket))["delete"] == event["create"]["id"]


async def _start(socket, member, query, variables):
    await socket.send({"type": "connection_init", "payload": {"token": member.token}})
    assert (await socket.receive())["type"] == "connection_ack"
    payload = {"headers": member.headers, "query": query, "variables": variables}
    await socket.send({"id": "1", "type": "start", "payload": payload})


async def _data(socket):
    while True:
        message = await asyncio.wait_for(socket.receive(), 10)
        if message["type"] == "data":
            return message["payload"]["data"]["files"]
        assert message["type"] == "ka", message


async def _nothing_but_life(socket):
    """Until it is silent, only keep-alives come."""
    while not await socket.silent(0.4):
        assert (await socket.receive())["type"] == "ka"
