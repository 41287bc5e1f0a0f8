"""Catalogs: what a user interface says it can draw and compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import InvalidInput
from chassis.identity import Principal
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Blok, UiCatalog
from rekuest_server.operations.authoring import write_as
from rekuest_server.operations.blok_content import findings_of
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.selectors.catalog import base_operations

#: The catalog of bloks that name none.
DEFAULT_CATALOG = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogWish:
    """A catalog as its user interface declares it, with snake_case documents."""

    name: str
    description: str | None = None
    components: Sequence[dict[str, Any]] = field(default=())
    operations: Sequence[dict[str, Any]] = field(default=())
    widget_defaults: Sequence[dict[str, Any]] = field(default=())


async def catalog_register(*, principal: Principal, wish: CatalogWish) -> UiCatalog:
    """Keep a catalog, replace the one of its name, and look at its bloks again."""
    return await write_as(principal, "catalog.write", _register, wish)


def _register(author: CallerIdentity, wish: CatalogWish) -> UiCatalog:
    _unique(wish.components, "components")
    _unique(wish.operations, "operations")
    for operation in wish.operations:
        if operation["name"] in base_operations():
            raise InvalidInput(
                f"{operation['name']!r} is an operation of the base catalog.", field="operations"
            )
    catalog, _ = UiCatalog.objects.update_or_create(
        organization_id=author.organization_id,
        name=name_of(wish.name, "name"),
        defaults={
            "description": text_of(wish.description, "description"),
            "components": list(wish.components),
            "operations": list(wish.operations),
            "widget_defaults": list(wish.widget_defaults),
            "is_registered": True,
        },
    )
    for blok in Blok.objects.filter(catalog=catalog).select_related("catalog"):
        blok.diagnostics = findings_of(blok.content, catalog)
        blok.save(update_fields=["diagnostics"])
    return catalog


def catalog_named(organization_id: int, name: str | None) -> UiCatalog:
    """Return the catalog of a name, noted as one that nobody has registered yet if it is new."""
    catalog, _ = UiCatalog.objects.get_or_create(
        organization_id=organization_id, name=name_of(name or DEFAULT_CATALOG, "catalog")
    )
    return catalog


def _unique(documents: Sequence[dict[str, Any]], field: str) -> None:
    names = [document["name"] for document in documents]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(f"{twice!r} stands twice.", field=field)
