"""Agents and callers work while parts of the platform are killed: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lab import Platform

sys.path.insert(0, str(Path(__file__).parents[1] / "load"))

from broker import Broker
from storm import storm

SECONDS = 30


def test_a_storm_loses_nothing_and_doubles_nothing(platform: Platform) -> None:
    census = asyncio.run(storm(Broker(platform.deployed), SECONDS))
    assert census.faults >= 3
    assert census.asked >= 20
    assert census.lost == []
    assert census.miscounted == []
