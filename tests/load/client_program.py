"""Runs in the clients' environment: an agent, or a caller that measures, by the released client.

`client_program.py agent` offers `add` and `count` until its input ends; `client_program.py caller`
calls them at agent AGENT: TASKS sums one after the other, then one task that yields YIELDS values.
It writes lines of JSON.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Generator
from typing import Any

from arkitekt import App, ConnectionState, connect, run
from rekuest.arkitekt import rekuest as rekuest_service
from rekuest.client.client import Rekuest

NAME = os.environ["APP"]
app = App(NAME, "1.0.0", services=[rekuest_service])
logging.getLogger("rath.links.graphql_ws").setLevel(logging.ERROR)


def tell(**fields: object) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


@app.action
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@app.action
def count(to: int) -> Generator[int, None, None]:
    """Count from one."""
    yield from range(1, to + 1)


async def call(rekuest: Any, interface: str, args: dict[str, Any]) -> list[Any]:
    """Call an action; return what it yielded."""
    values: list[Any] = []
    events = rekuest.postman.aassign(args=args, agent=os.environ["AGENT"], interface=interface)
    async with contextlib.aclosing(events):
        async for event in events:
            kind = event.kind.value
            if kind == "YIELD":
                values += event.returns.values()
            elif kind == "COMPLETED":
                return values
            elif kind in {"FAILED", "CRITICAL", "LOST", "CANCELLED", "INTERRUPTED", "DENIED"}:
                raise RuntimeError(f"{interface} ended {kind}: {event.message}")
    raise RuntimeError(f"{interface} did not end")


async def measure() -> None:
    """Call, and tell how fast it went."""
    tasks, yields = int(os.environ["TASKS"]), int(os.environ["YIELDS"])
    async with connect(app, headless=True) as runtime:
        rekuest = runtime.require(Rekuest)
        for number in range(20):
            await call(rekuest, "add", {"a": number, "b": 1})
        started = time.perf_counter()
        for number in range(tasks):
            if await call(rekuest, "add", {"a": number, "b": 1}) != [number + 1]:
                raise RuntimeError("the sum is wrong")
        tell(what="tasks", rate=tasks / (time.perf_counter() - started))
        started = time.perf_counter()
        if await call(rekuest, "count", {"to": yields}) != list(range(1, yields + 1)):
            raise RuntimeError("values are missing")
        tell(what="events", rate=yields / (time.perf_counter() - started))


def watch_input() -> None:
    """End with whoever started this."""
    sys.stdin.read()
    os._exit(0)


async def on_connection(state: ConnectionState) -> None:
    """Tell where the connection stands."""
    tell(what="connection", state=state.value)


if __name__ == "__main__":
    if sys.argv[1] == "caller":
        asyncio.run(measure())
    else:
        threading.Thread(target=watch_input, daemon=True).start()
        run(app, headless=True, connection_listener=on_connection, mesh=None)
