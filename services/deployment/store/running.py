"""Calls an action of a deployer and tells what becomes of it, event by event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from deployment.errors import CommandRefused, DeploymentError
from deployment.store.session import Session, refusal_of
from deployment.store.shelf import START_ENGINE, missing

#: Kinds of events after which nothing comes.
_GOOD_END = "COMPLETED"
_BAD_ENDS = frozenset({"FAILED", "CRITICAL", "CANCELLED", "INTERRUPTED", "LOST", "DENIED"})
#: How long nothing may be heard before the task itself is asked.
_SILENCE_SECONDS = 5.0
_OPEN_SECONDS = 30.0
_DIALECT = Subprotocol("graphql-transport-ws")
_AGENTS = """
query Agents($client: String!) {
  agents(filters: {clientId: $client, available: true}) { id }
}
"""
_ASSIGN = """
mutation Assign($agent: ID!, $interface: String!, $args: Args!, $reference: String!) {
  assign(input: {
    agent: $agent, interface: $interface, args: $args, reference: $reference, capture: false
  }) { id }
}
"""
_CANCEL = "mutation Cancel($task: ID!) { cancel(input: {task: $task}) { id } }"
_TASK = "query Task($id: ID!) { task(id: $id) { isDone events { kind message returns } } }"
_CHANGES = """
subscription Changes {
  mytasks { event { task kind message progress returns value } }
}
"""
Event = dict[str, Any]
Told = Callable[[Event], None]


def reference(kind: str, identifier: str) -> dict[str, str]:
    """Return an object of the store as an argument of an action."""
    return {"__identifier": f"@kabinet/{kind}", "object": identifier}


def call(session: Session, backend: Event, interface: str, told: Told, **args: Any) -> Any:
    """Call an action of a backend's deployer, tell its events, and return what it returned."""
    agents = session.ask("rekuest", _AGENTS, client=backend["clientId"])["agents"]
    if not agents:
        raise missing(f"the deployer of {backend['name']} is not connected", START_ENGINE)
    with closing(_changes(session)) as changes:
        # The first item says that all later events come in.
        next(changes)
        task = session.ask(
            "rekuest",
            _ASSIGN,
            agent=agents[0]["id"],
            interface=interface,
            args=args,
            reference=uuid.uuid4().hex,
        )["assign"]["id"]
        try:
            return _outcome(session, task, changes, told)
        except CommandRefused:
            raise
        except BaseException:
            # Whoever leaves does not want it any more; what broke must not hide why.
            with suppress(DeploymentError):
                session.ask("rekuest", _CANCEL, task=task)
            raise


def _outcome(session: Session, task: str, changes: Iterator[Event | None], told: Told) -> Any:
    returned = None
    for heard in changes:
        event = heard if heard is None or heard["task"] == task else {"kind": None}
        if event is None:
            # Nothing was heard for a while: what has ended meanwhile is written down.
            event = _written_end(session, task)
        elif event["kind"]:
            told(event)
        returned = event.get("returns") or returned
        if event["kind"] == _GOOD_END:
            return returned
        if event["kind"] in _BAD_ENDS:
            raise CommandRefused(event["message"] or f"it ended: {event['kind']}", code="FAILED")
    raise DeploymentError("the platform went away before it ended")


def _written_end(session: Session, task: str) -> Event:
    found = session.ask("rekuest", _TASK, id=task)["task"]
    ends = [one for one in found["events"] if one["kind"] in {_GOOD_END, *_BAD_ENDS}]
    returns = [one["returns"] for one in found["events"] if one["returns"]]
    return {**ends[-1], "returns": (returns or [None])[-1]} if ends else {"kind": None}


def _changes(session: Session) -> Generator[Event | None]:
    """Yield what happens to the caller's tasks, first an empty item, and None in silence."""
    url = f"ws{session.url.removeprefix('http')}/rekuest/graphql"
    try:
        with connect(url, subprotocols=[_DIALECT], open_timeout=_OPEN_SECONDS) as socket:
            _send(socket, type="connection_init", payload={"token": session.token})
            socket.recv(timeout=_OPEN_SECONDS)
            _send(socket, type="subscribe", id="1", payload={"query": _CHANGES})
            yield {"task": None}
            yield from _heard(socket)
    except (WebSocketException, OSError) as error:
        raise DeploymentError(f"the connection to rekuest broke: {error}") from error


def _heard(socket: ClientConnection) -> Iterator[Event | None]:
    while True:
        try:
            message = json.loads(socket.recv(timeout=_SILENCE_SECONDS))
        except TimeoutError:
            yield None
            continue
        if message["type"] == "ping":
            _send(socket, type="pong")
        elif message["type"] == "error":
            raise refusal_of(message["payload"][0])
        elif message["type"] == "complete":
            return
        elif message["type"] == "next":
            yield from _events_of(message["payload"])


def _events_of(payload: Event) -> Iterator[Event]:
    if payload.get("errors"):
        raise refusal_of(payload["errors"][0])
    event = payload["data"]["mytasks"]["event"]
    if event is not None:
        yield event


def _send(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))
