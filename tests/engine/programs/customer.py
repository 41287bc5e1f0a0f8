"""A member of a lab in front of the store: the calling program, with Kabinet and fakts besides."""

import asyncio
import os
from typing import Any

import aiohttp
from arkitekt import App, connect
from caller import Caller, answer, orders
from kabinet.arkitekt import kabinet as kabinet_service
from kabinet.kabinet import Kabinet
from rekuest.arkitekt import rekuest as rekuest_service
from rekuest.client.client import Rekuest

app = App(
    os.environ.get("CALLER", "org.example.customer"),
    "1.0.0",
    services=[rekuest_service, kabinet_service],
)


class Customer(Caller):
    """Carries out orders to the store too."""

    def __init__(self, rekuest: Rekuest, store: Kabinet, fakts: Any) -> None:
        super().__init__(rekuest)
        self.store = store
        self.fakts_client = fakts

    async def kabinet(self, order: dict[str, Any]) -> Any:
        """Call a generated method of Kabinet's client."""
        return await getattr(self.store, order["method"])(**order["args"])

    async def watch_kabinet(self, order: dict[str, Any]) -> None:
        """Call a generated subscription, telling every event as it comes."""
        answer(order, value="asking")
        async for event in getattr(self.store, order["method"])(**order["args"]):
            answer(order, value=event)

    async def kabinet_graphql(self, order: dict[str, Any]) -> Any:
        """Send Kabinet a document of the test's own."""
        return (await self.store.rath.aquery(order["document"], order.get("variables", {}))).data

    async def fakts(self, order: dict[str, Any]) -> Any:
        """Send fakts a document."""
        headers = {"Authorization": f"Bearer {await self.fakts_client.aget_token()}"}
        body = {"query": order["document"], "variables": order.get("variables", {})}
        url = f"{os.environ['FAKTS_URL']}/fakts/graphql"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=body, headers=headers) as reply,
        ):
            found = await reply.json()
        if found.get("errors"):
            raise RuntimeError(found["errors"][0]["message"])
        return found["data"]


async def main() -> None:
    """Log in, say so, and take orders."""
    async with connect(app, headless=True, mesh=None) as runtime:
        customer = Customer(runtime.require(Rekuest), runtime.require(Kabinet), runtime.fakts)
        answer({"id": 0}, done=True, result="ready")
        async for order in orders():
            customer.take(order)


if __name__ == "__main__":
    asyncio.run(main())
