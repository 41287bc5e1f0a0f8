"""Shakes hands with servers as told: it takes orders on stdin and answers on stdout, one by one.

An order is one JSON object a line, ``{"id": 1, "do": "open", "url": ...}``. `open` makes a fresh
client without a cache; the others are steps of the one that is open. APP names the app.
"""

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from typing import Annotated, Any

from arkitekt import App, AppRegistry, DeviceCodeChallenge
from arkitekt.app.fakts import build_fakts
from arkitekt.app.options import ConnectionOptions
from arkitekt.runtime import run_manifest

from fakts import Alias, Require

benches = AppRegistry()


class Nothing:
    """A client that does nothing: the stories here end with the handshake."""


@benches.service()
def bench(
    rekuest: Annotated[Alias, Require("live.arkitekt.rekuest", "Where actions are offered")],
    mikro: Annotated[
        Alias | None, Require("live.arkitekt.mikro", "Where images are kept", optional=True)
    ],
    laser: Annotated[
        Alias | None, Require("org.example.laser", "What nobody here has", optional=True)
    ],
) -> Nothing:
    """A service that needs rekuest and can do without the others."""
    return Nothing()


APP = App(os.environ["APP"], "1.0.0", services=[bench])


def tell(**fields: object) -> None:
    """Tell the test: one line, one write."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


class Hand:
    """One client after the other."""

    def __init__(self) -> None:
        self.stack = AsyncExitStack()
        self.fakts: Any = None
        self.number = 0

    async def on_code(self, challenge: DeviceCodeChallenge) -> None:
        """Tell the code instead of opening a browser."""
        tell(what="code", order=self.number, code=challenge.user_code)

    async def do_open(self, order: dict[str, Any]) -> None:
        """Make a client for a server."""
        await self.stack.aclose()
        options = ConnectionOptions(
            url=order["url"],
            token=order.get("token"),
            mandate_key=order.get("key"),
            skip_cache=True,
            headless=True,
            device_code_hook=self.on_code,
        )
        self.fakts = await self.stack.enter_async_context(build_fakts(run_manifest(APP), options))

    async def do_load(self, order: dict[str, Any]) -> dict[str, Any]:
        """Log in, if the client is not."""
        loaded = await self.fakts.aload()
        return {
            "statuses": {key: getattr(one, "value", one) for key, one in loaded.statuses.items()},
            "signed": sorted(key for key, one in loaded.instances.items() if one.challenge_key),
        }

    async def do_alias(self, order: dict[str, Any]) -> dict[str, Any]:
        """Find the address of a service."""
        alias = await self.fakts.aget_alias(order["key"])
        return {"alias": alias.id, "url": alias.to_http_path("")}

    async def do_token(self, order: dict[str, Any]) -> str:
        """Return a token that has not run out."""
        return str(await self.fakts.aget_token())

    async def do_refresh(self, order: dict[str, Any]) -> str:
        """Renew the token."""
        return str(await self.fakts.arefresh_token())

    async def do_login(self, order: dict[str, Any]) -> str:
        """Log in again, as an app does when it starts."""
        return str((await self.fakts.alogin()).auth.access_token)

    async def do_logout(self, order: dict[str, Any]) -> None:
        """Log out."""
        await self.fakts.alogout()

    async def carry_out(self, order: dict[str, Any]) -> None:
        """Answer one order."""
        self.number = order["id"]
        try:
            got = await getattr(self, f"do_{order['do']}")(order)
        except Exception as error:  # noqa: BLE001 - the test judges it
            names = [one.__name__ for one in type(error).__mro__]
            tell(id=self.number, done=True, error=type(error).__name__, kinds=names, why=str(error))
        else:
            tell(id=self.number, done=True, got=got)


async def main() -> None:
    """Carry orders out until there are no more."""
    hand = Hand()
    tell(id=0, done=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        await hand.carry_out(json.loads(line))
    await hand.stack.aclose()


if __name__ == "__main__":
    asyncio.run(main())
