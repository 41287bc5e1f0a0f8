"""Asks fakts by the methods of the released client; takes orders on stdin and answers on stdout.

An order is one JSON object a line: ``{"id": 1, "do": "invoke", "method": "ame", "args": {}}``. The
answer carries the name of the operation that was sent, as the client's own class names it.
"""

import asyncio
import json
import os
import sys
from typing import Any

import unlok.api.schema as generated
from arkitekt import App, connect
from pydantic import BaseModel
from unlok import Unlok, unlok_service

app = App(os.environ["APP"], "1.0.0", services=[unlok_service], scopes=["openid", "read", "write"])


def plain(value: Any) -> Any:
    """What JSON can carry of a value."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def answer(order: dict[str, Any], **fields: Any) -> None:
    """Answer an order: one line, one write."""
    sys.stdout.write(json.dumps({"id": order["id"], "done": True, **fields}) + "\n")
    sys.stdout.flush()


def typed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments with what has a class of its own made by that class."""
    made = dict(arguments)
    if "manifest" in made:
        made["manifest"] = generated.ManifestInput(**made["manifest"])
    if "kind" in made:
        made["kind"] = generated.ClientKind(made["kind"])
    return made


class Noted(Unlok):
    """The client, which notes the operation it sent last."""

    sent: str = ""

    async def aexecute(self, operation: Any, variables: dict[str, Any]) -> Any:
        """Send it as the client does."""
        self.sent = operation.__name__
        return await super().aexecute(operation, variables)


async def main() -> None:
    """Log in, say so, and take orders one after the other."""
    async with connect(app, headless=True, mesh=None) as runtime:
        client = Noted(rath=runtime.require(Unlok).rath)
        answer({"id": 0}, result="ready")
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            order = json.loads(line)
            try:
                result = await getattr(client, order["method"])(**typed(order["args"]))
            except Exception as error:  # noqa: BLE001 - the test judges it
                answer(order, error=type(error).__name__, message=str(error))
            else:
                answer(order, operation=client.sent, result=plain(result))


if __name__ == "__main__":
    asyncio.run(main())
