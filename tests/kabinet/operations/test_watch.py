"""Subscriptions in the dialect the released client speaks: per organization, and never more."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from kabinet_server.adapters.news import PODS


class Watch:
    def __init__(self, socket, field):
        self.socket = socket
        self.field = field

    async def event(self):
        while True:
            message = await asyncio.wait_for(self.socket.receive(), 20)
            if message["type"] == "data":
                return message["payload"]["data"][self.field]
            assert message["type"] == "ka", message

    async def is_silent(self):
        while not await self.socket.silent(0.4):
            if (await self.socket.receive())["type"] != "ka":
                return False
        return True


@sync_to_async
def is_heard():
    """Whether the process listens to what the database tells."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query = %s",
            [f"LISTEN {PODS._name}"],
        )
        return cursor.fetchone()[0] > 0


async def until_begun(before):
    """Wait until one more watches than before; nothing tells of it on the socket."""
    async with asyncio.timeout(120):
        while len(PODS._watchers) == before or not await is_heard():
            await asyncio.sleep(0.01)


@pytest.fixture
def watching(websocket, documents):
    @asynccontextmanager
    async def watch(member, name, *, begins=True, **variables):
        before = len(PODS._watchers)
        async with websocket("graphql", subprotocols=["graphql-ws"]) as socket:
            await socket.send({"type": "connection_init", "payload": {"token": member.token}})
            assert (await socket.receive())["type"] == "connection_ack"
            payload = {"headers": member.headers, "query": documents[name], "variables": variables}
            await socket.send({"id": "1", "type": "start", "payload": payload})
            if begins:
                await until_begun(before)
            yield Watch(socket, "pod" if name == "WatchPod" else "pods")

    return watch


async def test_pods_are_told_to_their_organization_alone(shop, stranger, watching):
    release = await shop.release()
    await shop.backend()
    deployment = await shop.deploy(release)
    async with (
        watching(shop.member, "WatchPods") as ours,
        watching(stranger.member, "WatchPods") as theirs,
    ):
        pod = await shop.pod(deployment, "c1")
        event = await ours.event()
        assert event["create"]["id"] == pod["id"]
        assert event["create"]["deployment"]["flavour"]["release"]["app"]["identifier"]
        report = {"localId": "c1", "status": "RUNNING"}
        await shop.get("UpdatePod", input=report)
        assert (await ours.event())["update"]["status"] == "RUNNING"
        # The same state again is no news.
        await shop.get("UpdatePod", input=report)
        await shop.get("RevokeApproval", id=deployment["approval"]["id"])
        assert (await ours.event())["update"]["deployment"]["approval"]
        await shop.get("DeletePod", input={"id": pod["id"]})
        event = await ours.event()
        assert (event["delete"], event["create"], event["update"]) == (pod["id"], None, None)
        assert await theirs.is_silent()


async def test_one_pod_is_watched_without_the_others(shop, stranger, watching):
    release = await shop.release()
    await shop.backend()
    deployment = await shop.deploy(release)
    first = await shop.pod(deployment, "c1")
    async with (
        watching(shop.member, "WatchPod", podId=first["id"]) as ours,
        watching(stranger.member, "WatchPod", begins=False, podId=first["id"]) as theirs,
    ):
        await shop.pod(deployment, "c2")
        await shop.get("UpdatePod", input={"localId": "c1", "status": "RUNNING"})
        assert (await ours.event())["update"]["id"] == first["id"]
        message = await theirs.socket.receive()
        while message["type"] == "ka":
            message = await theirs.socket.receive()
        assert "NOT_FOUND" in str(message)
