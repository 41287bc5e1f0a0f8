"""UI catalogs: components and operations that user interfaces offer."""

from __future__ import annotations

import dataclasses
from enum import Enum

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis.definitions.graphql.documents import read, read_all
from chassis.definitions.graphql.enums import ComponentContext
from chassis.definitions.graphql.inputs import WidgetDefaultInput
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, visible_rows
from chassis.graphql.inputs import given
from rekuest_server import models
from rekuest_server.operations import ui_catalog
from rekuest_server.selectors import kept
from rekuest_server.selectors.catalog import base_catalog_for


@strawberry.enum(description="The kinds of values of components and operations.")
class CatalogValueKind(Enum):
    """Types of a catalog."""

    STRING = "STRING"
    INT = "INT"
    FLOAT = "FLOAT"
    BOOL = "BOOL"
    DICT = "DICT"
    LIST = "LIST"
    ANY = "ANY"
    CALLBACK = "CALLBACK"
    ASSET = "ASSET"


@strawberry.type(description="An argument of an operation.")
class CatalogArgument:
    """A typed slot."""

    key: str = strawberry.field(description="Its name.")
    kind: CatalogValueKind = strawberry.field(description="Its kind.")
    required: bool = strawberry.field(description="Whether it must be given.")
    description: str | None = strawberry.field(description="What it is for.")


@strawberry.type(description="A property of a component.")
class CatalogProp:
    """A typed slot."""

    key: str = strawberry.field(description="Its name.")
    kind: CatalogValueKind = strawberry.field(description="Its kind.")
    required: bool = strawberry.field(description="Whether it must be given.")
    description: str | None = strawberry.field(description="What it is for.")


@strawberry.type(description="A component that a user interface can draw.")
class CatalogComponent:
    """A name with its properties."""

    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What it is.")
    accepts_children: bool = strawberry.field(description="Whether others stand inside it.")
    props: list[CatalogProp] = strawberry.field(description="Its properties.")


@strawberry.type(description="An operation that a user interface can evaluate.")
class CatalogOperation:
    """A pure function."""

    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What it does.")
    returns: CatalogValueKind = strawberry.field(description="What it returns.")
    arguments: list[CatalogArgument] = strawberry.field(description="What it takes.")


@strawberry.type(description="The operations every user interface has.")
class BaseCatalog:
    """Built in, not registered."""

    name: str = strawberry.field(description="Its name.")
    version: int = strawberry.field(description="Its version.")
    description: str | None = strawberry.field(description="What it is.")
    operations: list[CatalogOperation] = strawberry.field(description="Its operations.")
    components: list[CatalogComponent] = strawberry.field(description="Its components.")


@strawberry_django.type(
    models.UiCatalog, description="The components and operations of one user interface."
)
class UICatalog:
    """Known by its name."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="Its name.")
    description: str | None = strawberry_django.field(description="What it is.")
    is_registered: bool = strawberry_django.field(
        description="Whether an interface has registered it."
    )

    @column("components", description="Its components.")
    def components(self: models.UiCatalog) -> list[CatalogComponent]:
        """Return what was registered."""
        return read_all(CatalogComponent, self.components)

    @column("operations", description="Its operations.")
    def operations(self: models.UiCatalog) -> list[CatalogOperation]:
        """Return what was registered."""
        return read_all(CatalogOperation, self.operations)


@strawberry.input(description="An argument of an operation.")
class CatalogArgumentInput:
    """A typed slot."""

    key: str = strawberry.field(description="Its name.")
    kind: CatalogValueKind = strawberry.field(description="Its kind.")
    required: bool = strawberry.field(default=False, description="Whether it must be given.")
    description: str | None = strawberry.field(default=None, description="What it is for.")


@strawberry.input(description="A property of a component.")
class CatalogPropInput:
    """A typed slot."""

    key: str = strawberry.field(description="Its name.")
    kind: CatalogValueKind = strawberry.field(description="Its kind.")
    required: bool = strawberry.field(default=False, description="Whether it must be given.")
    description: str | None = strawberry.field(default=None, description="What it is for.")


@strawberry.input(description="A component that a user interface can draw.")
class CatalogComponentInput:
    """A name with its properties, and where it may stand."""

    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(default=None, description="What it is.")
    props: list[CatalogPropInput] = strawberry.field(
        default_factory=list, description="Its properties."
    )
    accepts_children: bool = strawberry.field(
        default=True, description="Whether others stand inside it."
    )
    context: ComponentContext = strawberry.field(
        default=ComponentContext.HTML, description="Where it stands."
    )
    children_context: ComponentContext | None = strawberry.field(
        default=None, description="Where its children stand, if that differs."
    )
    inherits_context: bool = strawberry.field(
        default=False, description="Whether it stands wherever its parent does."
    )
    downstream_of: list[str] = strawberry.field(
        default_factory=list, description="Components of which one must be above it."
    )
    not_downstream_of: list[str] = strawberry.field(
        default_factory=list, description="Components of which none may be above it."
    )


@strawberry.input(description="An operation that a user interface can evaluate.")
class CatalogOperationInput:
    """A pure function."""

    name: str = strawberry.field(description="Its name.")
    returns: CatalogValueKind = strawberry.field(description="What it returns.")
    description: str | None = strawberry.field(default=None, description="What it does.")
    arguments: list[CatalogArgumentInput] = strawberry.field(
        default_factory=list, description="What it takes."
    )


@strawberry.input(description="What a user interface offers.")
class RegisterUiCatalogInput:
    """Components, operations and widgets by kind."""

    name: str = strawberry.field(description="The name of the catalog.")
    description: str | None = strawberry.field(default=None, description="What it is.")
    components: list[CatalogComponentInput] = strawberry.field(
        default_factory=list, description="Its components."
    )
    operations: list[CatalogOperationInput] = strawberry.field(
        default_factory=list, description="Its operations."
    )
    widget_defaults: list[WidgetDefaultInput] = strawberry.field(
        default_factory=list, description="Widgets of ports that declare none."
    )


@strawberry.type
class Query:
    """Root fields of catalogs."""

    ui_catalogs: list[UICatalog] = visible_rows(
        kept.catalogs_visible_to, description="The catalogs of the organization."
    )

    @strawberry.field(description="What every user interface has.")
    def base_catalog(self, info: Info) -> BaseCatalog | None:
        """Return the built-in catalog."""
        return read(BaseCatalog, dataclasses.asdict(base_catalog_for(principal_of(info))))

    @strawberry_django.field(
        graphql_type=UICatalog | None, extensions=[Found()], description="One catalog."
    )
    def ui_catalog(self, info: Info, id: strawberry.ID) -> QuerySet[models.UiCatalog]:
        """Return the catalog."""
        return kept.one(kept.catalogs_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Root fields that register catalogs."""

    @strawberry.mutation(
        graphql_type=UICatalog, description="Register a catalog, or replace the one of its name."
    )
    async def register_ui_catalog(
        self, info: Info, input: RegisterUiCatalogInput
    ) -> models.UiCatalog:
        """Keep the catalog."""
        wish = ui_catalog.CatalogWish(
            name=input.name,
            description=input.description,
            components=given(input.components),
            operations=given(input.operations),
            widget_defaults=given(input.widget_defaults),
        )
        return await ui_catalog.catalog_register(principal=principal_of(info), wish=wish)
