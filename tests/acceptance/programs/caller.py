"""A program that calls other apps' actions: it takes orders on stdin and answers on stdout.

An order is one JSON object a line, ``{"id": 1, "do": "call", ...}``. Every answer carries the id;
the last one of an order has ``done`` true.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

from arkitekt import App, connect
from pydantic import BaseModel
from rekuest.arkitekt import rekuest as rekuest_service
from rekuest.client.client import Rekuest

TERMINAL = {"COMPLETED", "FAILED", "CRITICAL", "CANCELLED", "INTERRUPTED", "LOST", "DENIED"}
#: The operation an order sent last, by the name of the client's own class.
SENT: ContextVar[str] = ContextVar("sent", default="")
LONGEST_ORDER = 16 * 1024 * 1024
app = App(os.environ.get("CALLER", "org.example.caller"), "1.0.0", services=[rekuest_service])


def plain(value: Any) -> Any:
    """What JSON can carry of a value."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def answer(order: dict[str, Any], **fields: object) -> None:
    """Answer an order: one line, one write."""
    line = json.dumps({"id": order["id"], **{key: plain(value) for key, value in fields.items()}})
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Noting(Rekuest):
    """The client, which notes the name of the operation an order sent last."""

    async def aexecute(self, operation: Any, variables: dict[str, Any]) -> Any:
        """Send it as the client does."""
        SENT.set(operation.__name__)
        return await super().aexecute(operation, variables)

    async def asubscribe(self, operation: Any, variables: dict[str, Any]) -> AsyncIterator[Any]:
        """Follow it as the client does."""
        SENT.set(operation.__name__)
        async for found in super().asubscribe(operation, variables):
            yield found


class Caller:
    """Carries orders out, each in a task of its own."""

    def __init__(self, rekuest: Rekuest) -> None:
        self.rekuest = rekuest
        self.running: dict[int, asyncio.Task[None]] = {}

    async def target(self, order: dict[str, Any]) -> Any:
        """What an order calls: an implementation by id, or an action by id or hash."""
        if "implementation" in order:
            return await self.rekuest.aget_implementation(order["implementation"])
        if "hash" in order:
            return await self.rekuest.afind(hash=order["hash"])
        return await self.rekuest.afind(id=order["action"])

    async def call(self, order: dict[str, Any]) -> Any:
        """Call with python values and wait for the result."""
        return await self.rekuest.acall(
            await self.target(order), **order["args"], **order.get("options", {})
        )

    async def call_raw(self, order: dict[str, Any]) -> Any:
        """Call with values as they go over the wire, unchecked by this side."""
        target = await self.target(order)
        kind = "implementation" if "implementation" in order else "action"
        return await self.rekuest.acall_raw(order["args"], **{kind: target})

    async def iterate(self, order: dict[str, Any]) -> list[Any]:
        """Iterate a generator, telling every value as it comes."""
        values = []
        async for value in self.rekuest.aiterate(await self.target(order), **order["args"]):
            answer(order, value=value)
            values.append(value)
        return values

    async def watch(self, order: dict[str, Any]) -> str:
        """Assign, and tell every event as it comes, up to the last."""
        chosen = {key: order[key] for key in ("implementation", "action") if key in order}
        events: AsyncIterator[Any] = self.rekuest.postman.aassign(
            args=order["args"], **chosen, **order.get("options", {})
        )
        async for event in events:
            answer(order, event=event)
            if event.kind.value in TERMINAL:
                return str(event.kind.value)
        return "ENDED"

    async def invoke(self, order: dict[str, Any]) -> Any:
        """Call a generated method of the client; of one that goes on, take the first."""
        called = getattr(self.rekuest, order["method"])(**order["args"])
        return await (anext(called) if hasattr(called, "__anext__") else called)

    async def graphql(self, order: dict[str, Any]) -> Any:
        """Send a document of the test's own."""
        result = await self.rekuest.rath.aquery(order["document"], order.get("variables", {}))
        return result.data

    async def give_up(self, order: dict[str, Any]) -> bool:
        """Cancel the waiting coroutine of an earlier order."""
        return self.running[order["order"]].cancel()

    async def carry_out(self, order: dict[str, Any]) -> None:
        """Do what is ordered and answer, whatever comes of it."""
        try:
            result = await getattr(self, order["do"])(order)
        except asyncio.CancelledError:
            answer(order, done=True, error="CancelledError", message="")
            raise
        except Exception as error:  # noqa: BLE001 - the test judges it
            answer(order, done=True, error=type(error).__name__, message=str(error))
        else:
            answer(order, done=True, result=result, operation=SENT.get())

    def take(self, order: dict[str, Any]) -> None:
        """Start on an order."""
        self.running[order["id"]] = asyncio.create_task(self.carry_out(order))


async def orders() -> AsyncIterator[dict[str, Any]]:
    """The orders on stdin, until it is closed."""
    reader = asyncio.StreamReader(limit=LONGEST_ORDER)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


async def main() -> None:
    """Log in, say so, and take orders."""
    async with connect(app, headless=True, mesh=None) as runtime:
        rekuest = runtime.require(Rekuest)
        rekuest.__class__ = Noting
        caller = Caller(rekuest)
        answer({"id": 0}, done=True, result="ready")
        async for order in orders():
            caller.take(order)


if __name__ == "__main__":
    asyncio.run(main())
