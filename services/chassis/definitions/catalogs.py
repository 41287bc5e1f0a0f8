"""The catalog that every user interface has: operations and components without an owner."""

from __future__ import annotations

from arkitekt_spec.declare.catalogs import Catalog, load_base_catalog

__all__ = ["Catalog", "base_catalog"]


def base_catalog() -> Catalog:
    """Return the base catalog as the clients hold it; it is read once."""
    return load_base_catalog()
