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


DRAW = """mutation($collection: ID!, $shapes: [AnnotationSpecInput!]!) {
  createAnnotations(input: {collection: $collection, annotations: $shapes}) { id }
}"""
WATCH = """subscription($collection: ID, $dataset: ID) {
  annotations(collection: $collection, dataset: $dataset) {
    create { id name collection { id } } update { id name } delete many
  }
}"""
SURFACE = """mutation($over: ID!) {
  createAnnotationCollection(input: {
    name: "rois", axes: [{name: "y", type: SPACE}, {name: "x", type: SPACE}],
    derivedFrom: [{kind: DATASET, dataset: $over}]
  }) { id }
}"""


async def test_shapes_over_a_dataset_are_told_while_they_are_drawn_moved_and_removed(
    lab, websocket, two_organizations
):
    ours, theirs = two_organizations
    array = await lab.array("watched")
    made = (await lab.graphql(SURFACE, ours, over=array["id"])).ok()
    surface = made["createAnnotationCollection"]["id"]
    point = {"kind": "POINT", "vectors": [[1.0, 2.0]]}
    async with (
        websocket("graphql", subprotocols=["graphql-ws"]) as socket,
        websocket("graphql", subprotocols=["graphql-ws"]) as other,
    ):
        await _start(socket, ours, WATCH, {"dataset": array["id"]})
        await _start(other, theirs, WATCH, {})
        event = None
        for number in range(120):
            shapes = [{**point, "name": f"seen {number}"}]
            await _draw(lab, ours, surface, shapes)
            if (event := await _told(socket, "annotations")) is not None:
                break
        assert event["create"]["collection"]["id"] == surface
        [last] = await _draw(lab, ours, surface, [{**point, "name": "last"}])
        while event["create"]["name"] != "last":
            event = await _data(socket, "annotations")
        await _nothing_but_life(other)
        rename = 'mutation($id: ID!) { updateAnnotation(input: {id: $id, name: "new"}) { id } }'
        (await lab.graphql(rename, ours, id=last)).ok()
        assert (await _data(socket, "annotations"))["update"] == {"id": last, "name": "new"}
        delete = "mutation($id: ID!) { deleteAnnotation(input: {id: $id}) }"
        (await lab.graphql(delete, ours, id=last)).ok()
        assert (await _data(socket, "annotations"))["delete"] == last
        await _draw(lab, ours, surface, [point] * 51)
        assert (await _data(socket, "annotations"))["many"] == surface


async def test_shapes_of_what_is_not_there_or_foreign_are_not_watched(
    lab, websocket, two_organizations
):
    _, theirs = two_organizations
    array = await lab.array("ours alone")
    for what in ({"dataset": array["id"]}, {"dataset": "999999"}, {"collection": "999999"}):
        async with websocket("graphql", subprotocols=["graphql-ws"]) as socket:
            await _start(socket, theirs, WATCH, what)
            while (message := await asyncio.wait_for(socket.receive(), 60))["type"] == "ka":
                pass
            assert "NOT_FOUND" in str(message["payload"])


async def _draw(lab, member, surface, shapes):
    drawn = (await lab.graphql(DRAW, member, collection=surface, shapes=shapes)).ok()
    return [one["id"] for one in drawn["createAnnotations"]]


async def _start(socket, member, query, variables):
    await socket.send({"type": "connection_init", "payload": {"token": member.token}})
    assert (await socket.receive())["type"] == "connection_ack"
    payload = {"headers": member.headers, "query": query, "variables": variables}
    await socket.send({"id": "1", "type": "start", "payload": payload})


async def _data(socket, field="files"):
    while True:
        message = await asyncio.wait_for(socket.receive(), 60)
        if message["type"] == "data":
            return message["payload"]["data"][field]
        assert message["type"] == "ka", message


async def _told(socket, field="files"):
    """The next event, None if there is none for a while."""
    while not await socket.silent(0.5):
        message = await socket.receive()
        if message["type"] == "data":
            return message["payload"]["data"][field]
        assert message["type"] == "ka", message
    return None


async def _nothing_but_life(socket):
    """Until it is silent, only keep-alives come."""
    while not await socket.silent(0.4):
        assert (await socket.receive())["type"] == "ka"
