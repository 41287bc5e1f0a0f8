"""What bloks may use: the base catalog and the catalogs of user interfaces."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

from chassis.definitions.catalogs import Catalog, base_catalog
from chassis.identity import Principal
from chassis.permissions import authorize
from rekuest_server.domain.blok_tree import Vocabulary, by_name
from rekuest_server.models import UiCatalog


def base_catalog_for(principal: Principal) -> Catalog:
    """Return the catalog that every user interface has."""
    authorize(principal, "catalog.read")
    return base_catalog()


def vocabulary_of(catalog: UiCatalog, dependencies: frozenset[str]) -> Vocabulary:
    """Return what a blok of a catalog may use."""
    base = _base()
    return Vocabulary(
        components=base["components"] | by_name(catalog.components),
        operations=base["operations"] | by_name(catalog.operations),
        dependencies=dependencies,
        is_complete=catalog.is_registered,
    )


def base_operations() -> frozenset[str]:
    """Return the names of the operations that no catalog may define anew."""
    return frozenset(_base()["operations"])


@cache
def _base() -> dict[str, dict[str, Any]]:
    catalog = base_catalog()
    return {
        "components": by_name([dataclasses.asdict(item) for item in catalog.components]),
        "operations": by_name([dataclasses.asdict(item) for item in catalog.operations]),
    }
