"""Open sockets end when their client is removed, and no others do."""

from __future__ import annotations

import asyncio

import pytest

from chassis import open_sockets
from chassis.config import ServiceConfig, current
from chassis.identity import TokenVerifier, set_verifier
from chassis.testing.websocket import SocketClosed


@pytest.fixture
def removed(mint):
    """The clients that were removed, by the least generation of tokens that counts."""
    listed = {}

    async def source():
        return {"revoked": dict(listed)}

    tokens = current(ServiceConfig).tokens.model_copy(update={"revocations_seconds": 0.001})
    set_verifier(TokenVerifier(tokens, audience=mint.audience, revocations=source))
    return listed


def remove(removed, member):
    removed[member.principal.client] = member.principal.generation + 1


async def until_ended(count=1):
    """Look until that many sockets were ended: the list is renewed beside the looks."""
    async with asyncio.timeout(120):
        while count > 0:
            count -= await open_sockets.end_removed()
            await asyncio.sleep(0.01)


class Door:
    """A socket that notes how often it was told to end."""

    def __init__(self, error=None):
        self.ends = 0
        self.error = error

    async def end(self):
        self.ends += 1
        if self.error is not None:
            raise self.error


async def test_only_the_sockets_of_removed_clients_end(removed, mint):
    ada, bob = mint.member(client_id="a"), mint.member(client_id="b")
    gone, stays, unknown = Door(), Door(), Door()
    with (
        open_sockets.held(lambda: ada.principal, gone.end),
        open_sockets.held(lambda: bob.principal, stays.end),
        open_sockets.held(lambda: None, unknown.end),
    ):
        assert await open_sockets.end_removed() == 0
        remove(removed, ada)
        await until_ended()
    assert (gone.ends > 0, stays.ends, unknown.ends) == (True, 0, 0)


async def test_a_socket_that_is_closed_is_forgotten(removed, mint):
    ada, door = mint.member(client_id="a"), Door()
    remove(removed, ada)
    with open_sockets.held(lambda: ada.principal, door.end):
        pass
    assert await open_sockets.end_removed() == 0
    assert door.ends == 0


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("after close"), TimeoutError()])
async def test_a_socket_that_cannot_be_closed_does_not_keep_the_next_open(removed, mint, error):
    ada = mint.member(client_id="a")
    remove(removed, ada)
    broken, next_one = Door(error), Door()
    with (
        open_sockets.held(lambda: ada.principal, broken.end),
        open_sockets.held(lambda: ada.principal, next_one.end),
    ):
        await until_ended(2)
    assert broken.ends > 0
    assert next_one.ends > 0


async def test_without_a_list_nobody_is_ended(mint):
    ada, door = mint.member(client_id="a"), Door()
    set_verifier(TokenVerifier(current(ServiceConfig).tokens, audience=mint.audience))
    with open_sockets.held(lambda: ada.principal, door.end):
        assert await open_sockets.end_removed() == 0


@pytest.mark.parametrize("dialect", ["graphql-ws", "graphql-transport-ws"])
async def test_a_graphql_socket_of_a_removed_client_is_closed(
    removed, application, websocket, mint, dialect
):
    ada, bob = mint.member(client_id="a"), mint.member(client_id="b")
    async with (
        websocket("graphql", subprotocols=[dialect]) as hers,
        websocket("graphql", subprotocols=[dialect]) as his,
    ):
        for socket, member in ((hers, ada), (his, bob)):
            await socket.send({"type": "connection_init", "payload": {"token": member.token}})
            while (await socket.receive())["type"] != "connection_ack":
                pass
        remove(removed, ada)
        await until_ended()
        with pytest.raises(SocketClosed) as closed:
            while True:
                await hers.receive()
        assert closed.value.code == 4403
        document = {"query": "subscription { count(upto: 1) }", "variables": {}}
        start = "start" if dialect == "graphql-ws" else "subscribe"
        await his.send({"type": start, "id": "1", "payload": document})
        kinds = set()
        while not kinds & {"data", "next"}:
            kinds.add((await his.receive())["type"])


async def test_a_running_service_looks_by_itself(removed, application, websocket, mint):
    ada = mint.member(client_id="a")
    async with websocket("graphql", subprotocols=["graphql-ws"]) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": ada.token}})
        while (await socket.receive())["type"] != "connection_ack":
            pass
        remove(removed, ada)
        looking = asyncio.create_task(open_sockets._look_again_and_again(0.01))
        with pytest.raises(SocketClosed):
            while True:
                await socket.receive()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
