"""An app whose action takes every kind of value, and gives back what it was given.

How to connect comes from the environment (FAKTS_URL, FAKTS_MANDATE_KEY).
"""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Annotated

from arkitekt import App, ConnectionState, run
from arkitekt.widgets import SliderWidget, withStateChoices
from rekuest.arkitekt import rekuest as rekuest_service

app = App("org.example.forms", "1.0.0", services=[rekuest_service])


class Mode(Enum):
    """How fast it goes."""

    FAST = "fast"
    SLOW = "slow"


@app.model
class Spot:
    """A place with a name."""

    x: int
    label: str


@app.state
class Rack:
    """Which slots there are."""

    slots: list[str]


@app.startup
async def set_up() -> Rack:
    """Offer two slots."""
    return Rack(slots=["left", "right"])


@app.action
def take_everything(
    whole: int,
    share: float,
    lit: bool,
    word: str,
    moment: datetime,
    mode: Mode,
    power: Annotated[int, SliderWidget(min=0, max=10)],
    slot: Annotated[str, withStateChoices("self.Rack.slots")],
    numbers: list[int],
    weights: dict[str, float],
    spot: Spot,
    either: int | str,
    maybe: str | None = None,
) -> str:
    """Give back what was given, each with its type."""
    given = {
        "whole": whole,
        "share": share,
        "lit": lit,
        "word": word,
        "moment": moment.isoformat(),
        "mode": mode.name,
        "power": power,
        "slot": slot,
        "numbers": numbers,
        "weights": weights,
        "spot": asdict(spot),
        "either": either,
        "maybe": maybe,
    }
    return json.dumps(given, sort_keys=True)


async def on_connection(state: ConnectionState) -> None:
    """Tell where the connection stands."""
    sys.stdout.write(json.dumps({"what": "connection", "state": state.value}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run(app, headless=True, connection_listener=on_connection, mesh=None)
