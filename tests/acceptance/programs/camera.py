"""An app that other apps depend on: its action offers the slots of its state and a few speeds.

How to connect comes from the environment (FAKTS_URL, FAKTS_MANDATE_KEY).
"""

import json
import sys
from typing import Annotated

from arkitekt import App, ConnectionState, run
from arkitekt.widgets import withChoices, withStateChoices
from rekuest.arkitekt import rekuest as rekuest_service

app = App("org.example.camera", "1.0.0", services=[rekuest_service])


@app.state
class Turret:
    """Which lenses are in it."""

    lenses: list[str]


@app.startup
async def set_up() -> Turret:
    """Hold two lenses."""
    return Turret(lenses=["10x", "40x"])


@app.action
def snap(
    lens: Annotated[str, withStateChoices("self.Turret.lenses")],
    speed: Annotated[str, withChoices("fast", "slow")],
) -> str:
    """Take a picture."""
    return f"{lens} {speed}"


async def on_connection(state: ConnectionState) -> None:
    """Tell where the connection stands."""
    sys.stdout.write(json.dumps({"what": "connection", "state": state.value}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run(app, headless=True, connection_listener=on_connection, mesh=None)
