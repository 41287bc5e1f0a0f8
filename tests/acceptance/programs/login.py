"""Logs an app in and tells what came of it; the session is cached as any app's is.

What it asks for comes from the environment: APP (its name), OPTIONAL and REQUIRED (services, by
comma). With no mandate key it is a device login, and it tells the code a person has to approve.
"""

import asyncio
import json
import os
import sys
from typing import Annotated

from arkitekt import App, AppRegistry, DeviceCodeChallenge
from arkitekt.runtime import alogin

from fakts import Alias, Require

benches = AppRegistry()
lasers = AppRegistry()


class Nothing:
    """A client that does nothing: the stories here end with the login."""


@benches.service()
def bench(
    rekuest: Annotated[Alias, Require("live.arkitekt.rekuest", "Where actions are offered")],
    mikro: Annotated[
        Alias | None, Require("live.arkitekt.mikro", "Where images are kept", optional=True)
    ],
) -> Nothing:
    """A service that needs rekuest and can do without mikro."""
    return Nothing()


@lasers.service()
def laser(
    laser: Annotated[Alias, Require("org.example.laser", "The laser this app cannot do without")],
) -> Nothing:
    """A service no deployment has."""
    return Nothing()


def tell(**fields: object) -> None:
    """Tell the test: one line, one write."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


async def on_code(challenge: DeviceCodeChallenge) -> None:
    """Tell the code instead of opening a browser."""
    tell(
        what="code",
        code=challenge.user_code,
        link=challenge.verification_uri_complete,
        expires_in=challenge.expires_in,
    )


async def main() -> None:
    """Log in."""
    chosen = laser if os.environ.get("NEEDS") == "laser" else bench
    app = App(os.environ["APP"], "1.0.0", description="A bench for trying", services=[chosen])
    try:
        fakts = await alogin(app, headless=True, device_code_hook=on_code)
    except Exception as error:  # noqa: BLE001 - the test judges it
        tell(what="refused", error=type(error).__name__, message=str(error))
        return
    tell(
        what="granted",
        statuses={key: getattr(status, "value", status) for key, status in fakts.statuses.items()},
        instances=sorted(fakts.instances),
        deployment=fakts.self.deployment_name,
        organization=fakts.self.organization,
    )


if __name__ == "__main__":
    asyncio.run(main())
