"""What is looked up: seldom, once for all who ask, and never only because it is registered."""

from __future__ import annotations

import threading

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from chassis.parts import lookup
from chassis.parts.lookup import LookedUp


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(lookup, "time", made)
    return made


@pytest.fixture
def looks() -> list[int]:
    return []


@pytest.fixture
def registry(looks) -> CollectorRegistry:
    def look():
        looks.append(len(looks))
        return [GaugeMetricFamily("told", "How often it was looked.", len(looks))]

    made = CollectorRegistry(auto_describe=True)
    made.register(LookedUp(look))
    return made


def told(registry: CollectorRegistry) -> float | None:
    return registry.get_sample_value("told")


def test_being_registered_is_no_reason_to_look(registry, looks, clock):
    assert looks == []
    assert b"told 1.0" in generate_latest(registry)


def test_a_look_is_remembered_for_some_seconds(registry, looks, clock):
    assert told(registry) == 1
    clock.now += lookup.REMEMBER_SECONDS
    assert told(registry) == 1
    clock.now += 0.1
    assert told(registry) == 2
    assert len(looks) == 2


def test_many_who_ask_at_once_share_a_look(registry, looks, clock):
    found: list[float | None] = []
    askers = [threading.Thread(target=lambda: found.append(told(registry))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found == [1] * 8
    assert len(looks) == 1
