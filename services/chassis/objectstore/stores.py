"""Makes the store a configuration asks for."""

from __future__ import annotations

from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import ObjectStore
from chassis.objectstore.memory import MemoryStore


def open_store(config: ObjectStoreConfig) -> ObjectStore:
    """Return the store; it connects at first use, close it with `aclose`."""
    return MemoryStore(config)
