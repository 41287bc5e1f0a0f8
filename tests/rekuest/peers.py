"""Which of two brokers on one database new connections and calls get."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rekuest_server.operations import broker as broker_module
from rekuest_server.operations.broker import Broker


@contextmanager
def on(broker: Broker) -> Iterator[None]:
    """Let new connections and calls go to a process."""
    before = list(broker_module._running)
    broker_module._running.remove(broker)
    broker_module._running.append(broker)
    try:
        yield
    finally:
        broker_module._running[:] = before
