from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import strawberry
from django.http import HttpRequest, HttpResponse
from django.urls import path

from chassis.background import graphql as background
from chassis.config import LimitsConfig, current
from chassis.errors import InvalidInput, NotFound
from chassis.graphql import Info, build_schema, principal_of
from chassis.http import json_response, read_form, read_json
from chassis.jobs import job
from chassis.permissions import authorize, has_role, rule
from sample_server.config import SampleConfig

STARTED: list[str] = []
RUNS: list[int] = []


@rule("note.read")
def can_read_note(principal: Any, resource: object) -> bool:
    return has_role(principal, "admin", "viewer")


@strawberry.type
class Note:
    id: strawberry.ID
    text: str

    @strawberry.field
    def inner(self) -> Note:
        return self


NOTES = {"1": ("1", "ours-marker"), "2": ("2", "theirs-marker")}


@strawberry.type
class Query(background.Query):
    @strawberry.field
    def whoami(self, info: Info) -> str:
        return principal_of(info).username

    @strawberry.field
    def note(self, info: Info, id: strawberry.ID) -> Note | None:
        principal = authorize(principal_of(info), "note.read")
        found = NOTES.get(id)
        if found is None or found[0] != principal.organization:
            return None
        return Note(id=id, text=found[1])

    @strawberry.field
    def strict(self, info: Info, value: int) -> int:
        authorize(principal_of(info), "note.read")
        raise InvalidInput("The value is never right.", field="value")

    @strawberry.field
    def broken(self, info: Info) -> int:
        authorize(principal_of(info), "note.read")
        raise RuntimeError("password=hunter2")


@strawberry.type
class Mutation(background.Mutation):
    @strawberry.mutation
    def drop_note(self, info: Info, id: strawberry.ID) -> bool:
        principal = authorize(principal_of(info), "note.read")
        found = NOTES.get(id)
        if found is None or found[0] != principal.organization:
            raise NotFound()
        return True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, upto: int) -> AsyncIterator[int]:
        principal_of(info)
        for number in range(upto):
            yield number

    @strawberry.subscription
    async def forever(self, info: Info) -> AsyncIterator[int]:
        principal_of(info)
        yield 0
        await asyncio.Event().wait()


SCHEMA = build_schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    limits=LimitsConfig(query_depth=8, query_cost=100),
)


def echo_json(request: HttpRequest) -> HttpResponse:
    return json_response(read_json(request))


def echo_form(request: HttpRequest) -> HttpResponse:
    return json_response(read_form(request))


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("password=hunter2")


def whence(request: HttpRequest) -> HttpResponse:
    return json_response({"address": request.META["REMOTE_ADDR"], "secure": request.is_secure()})


def mark_the_turn() -> None:
    """Leave a trace of a bootstrap, slow enough that two of them would overlap."""
    greeting = current(SampleConfig).greeting
    if greeting.startswith("/"):
        with Path(greeting).open("a") as marks:
            marks.write("in\n")
            marks.flush()
            time.sleep(0.3)
            marks.write("out\n")


async def echo_socket(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


@contextlib.asynccontextmanager
async def remember() -> AsyncIterator[None]:
    STARTED.append("up")
    yield
    STARTED.append("down")


@job(every_seconds=0.02)
def tick() -> None:
    """Count the turns.

    The first one fails.
    """
    RUNS.append(len(RUNS))
    if len(RUNS) == 1:
        raise RuntimeError("the first turn fails")


urlpatterns = [
    path("echo-json", echo_json),
    path("echo-form", echo_form),
    path("crash", crash),
    path("whence", whence),
]
SOCKETS = {"echo": echo_socket}
LIFESPAN = [remember]
JOBS = [tick]
BOOTSTRAP = [mark_the_turn]
