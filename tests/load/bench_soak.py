"""Ten minutes of work while something is killed every few seconds: nothing lost, nothing doubled.

`DURATION` is the time in seconds, if not ten minutes; `PAUSE` the longest pause between two kills.
"""

from __future__ import annotations

import asyncio
import os

from broker import Broker, broker
from figures import figure
from storm import storm

BENCH = "soak"
DURATION = float(os.environ.get("DURATION", "600"))
PAUSE = float(os.environ.get("PAUSE", "5"))


async def measure(service: Broker) -> bool:
    """Print what became of the work."""
    census = await storm(service, DURATION, pause=PAUSE)
    note = f"{census.faults} kills in {DURATION:g} s, {census.asked} tasks"
    met = [
        figure(BENCH, "tasks", census.asked, "tasks", least=1, against=note),
        figure(BENCH, "kills", census.faults, "kills", least=1, against=note),
        figure(BENCH, "tasks_lost", len(census.lost), "tasks", most=0, against=note),
        figure(BENCH, "tasks_miscounted", len(census.miscounted), "tasks", most=0, against=note),
    ]
    return all(met)


def main() -> bool:
    """Run the soak."""
    with broker() as service:
        return asyncio.run(measure(service))
