"""Agents and callers work while parts of the platform are killed: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import Platform

sys.path.insert(0, str(Path(__file__).parents[1] / "load"))

from broker import Broker
from storm import storm

SECONDS = 25
FAULTS = 5


def test_a_storm_loses_nothing_and_doubles_nothing(platform: Platform) -> None:
    # In a thread: the browser of other stories keeps an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(
            lambda: asyncio.run(storm(Broker(platform.deployed), SECONDS, pause=3, least=FAULTS))
        )
        census = work.result()
    assert census.faults >= FAULTS
    assert census.asked >= 20
    assert census.lost == []
    assert census.miscounted == []
