"""Calls the action of app.py through the released client, and shows all it reports."""

import asyncio
import contextlib
import logging
import sys

from arkitekt import App, connect
from rekuest.arkitekt import rekuest as rekuest_service
from rekuest.client.client import Rekuest

app = App("org.example.hello-caller", "0.1.0", services=[rekuest_service])

# When it leaves, the client logs the end of its own websocket as if it were a fault.
logging.getLogger("rath.links.graphql_ws").setLevel(logging.ERROR)

ENDS = {"COMPLETED", "FAILED", "CRITICAL", "CANCELLED", "INTERRUPTED", "LOST", "DENIED"}


async def main(name: str) -> int:
    """Find the action, assign a task, and print its events until it ends."""
    async with connect(app, headless=True) as runtime:
        rekuest = runtime.require(Rekuest)
        found = await rekuest.asearch_actions(search="greet")
        if not found:
            print("nobody offers `greet`: is app.py running?", file=sys.stderr)
            return 1
        result: dict[str, object] = {}
        kind = ""
        events = rekuest.postman.aassign(args={"name": name}, action=found[0].value)
        async with contextlib.aclosing(events):
            async for event in events:
                kind = event.kind.value
                progress = f"{event.progress} %" if event.progress is not None else ""
                print(f"{kind:<10} {progress:<6} {event.message or ''}".rstrip(), flush=True)
                result = event.returns or result
                if kind in ENDS:
                    break
        print("result:", *result.values())
    return 0 if kind == "COMPLETED" else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "world")))
