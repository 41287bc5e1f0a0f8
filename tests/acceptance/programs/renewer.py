"""Uses the session in the cache for a while, renewing its token as it runs out.

LASTS says for how many seconds. It tells how many tokens it saw, which keys signed
them, and how often something failed.
"""

import asyncio
import base64
import json
import os
import sys
import time

from arkitekt import App, connect
from rekuest.arkitekt import rekuest as rekuest_service
from rekuest.client.client import Rekuest

app = App(os.environ["APP"], "1.0.0", services=[rekuest_service])


async def main() -> None:
    """Ask the broker a question again and again."""
    seen: set[str] = set()
    keys: set[str] = set()
    failures: list[str] = []
    asked = 0
    ends = time.monotonic() + float(os.environ["LASTS"])
    async with connect(app, headless=True, mesh=None) as runtime:
        rekuest = runtime.require(Rekuest)
        fakts = runtime.fakts
        assert fakts is not None
        while time.monotonic() < ends:
            try:
                token = await fakts.aget_token()
                seen.add(token)
                head = token.split(".", 1)[0]
                keys.add(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])
                await rekuest.alist_implementations()
                asked += 1
            except Exception as error:  # noqa: BLE001 - the test judges it
                failures.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.25)
    told = {
        "what": "done",
        "tokens": len(seen),
        "keys": sorted(keys),
        "asked": asked,
        "failures": failures,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
