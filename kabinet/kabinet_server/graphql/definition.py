"""Definitions: what apps of the store can do, installed or not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import OrderBy, Q, QuerySet
from strawberry.scalars import JSON

from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.enums import ActionKind, ActionScope
from chassis.definitions.graphql.port import ArgPort, ReturnPort
from chassis.definitions.graphql.scalars import ActionHash
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column, one_row
from kabinet_server import models
from kabinet_server.graphql.blok import FlavourBlok, blok_of
from kabinet_server.graphql.fields import IdsFilter, holds, offered_list, related_list
from kabinet_server.graphql.filters import (
    DefinitionFilter,
    DefinitionOrder,
    FlavourFilter,
    FlavourOrder,
)
from kabinet_server.graphql.scalars import Embedding
from kabinet_server.graphql.store import store_rows
from kabinet_server.selectors import bloks, rows

if TYPE_CHECKING:
    from kabinet_server.graphql.flavour import Flavour

_FLAVOUR = strawberry.lazy("kabinet_server.graphql.flavour")
LazyFlavour = Annotated["Flavour", _FLAVOUR]


@strawberry_django.filter_type(models.Collection, description="Narrows a list of collections.")
class CollectionFilter(IdsFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "name", prefix=prefix)


@strawberry_django.order_type(models.Collection, description="Puts collections in order.")
class CollectionOrder:
    """By id, name or time."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")

    @strawberry_django.order_field(description="By when it was first named.")
    def defined_at(self, value: strawberry_django.Ordering, prefix: str) -> list[OrderBy]:
        """Order by the column of that time."""
        return [value.resolve(f"{prefix}created_at")]


@strawberry_django.type(models.Collection, description="A named set of definitions.")
class Collection:
    """Named by those who are in it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name.")
    description: str = strawberry_django.field(description="What it is.")
    defined_at: datetime = strawberry_django.field(
        field_name="created_at", description="When it was first named."
    )


@strawberry_django.filter_type(models.Protocol, description="Narrows a list of protocols.")
class ProtocolFilter(IdsFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "name", prefix=prefix)


@strawberry_django.order_type(models.Protocol, description="Puts protocols in order.")
class ProtocolOrder:
    """By id or name."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")


@strawberry_django.type(models.Protocol, description="A shape that definitions can have.")
class Protocol:
    """Named by those who have it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name.")
    description: str = strawberry_django.field(description="What it is.")


@strawberry_django.type(models.Definition, description="Something apps of the store can do.")
class Definition:
    """Known by the hash the broker computes too."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    hash: ActionHash = strawberry_django.field(description="The hash of the definition.")
    name: str = strawberry_django.field(description="The name people see.")
    description: str | None = strawberry_django.field(description="What it does.")
    defined_at: datetime = strawberry_django.field(description="When it was first seen here.")
    descriptors: JSON = strawberry_django.field(description="Its descriptors.")
    collections: list[Collection] = related_list(
        "The sets it belongs to.",
        filters=CollectionFilter,
        ordering=CollectionOrder,
    )
    protocols: list[Protocol] = related_list(
        "The shapes it has.",
        filters=ProtocolFilter,
        ordering=ProtocolOrder,
    )
    flavours: list[LazyFlavour] = offered_list(
        "The flavours that provide it.",
        filters=FlavourFilter,
        ordering=FlavourOrder,
    )
    is_test_for: list[Definition] = related_list(
        "What it is a test for.",
        filters=DefinitionFilter,
        ordering=DefinitionOrder,
    )
    tests: list[Definition] = related_list(
        "Its tests.",
        filters=DefinitionFilter,
        ordering=DefinitionOrder,
    )

    @column("kind", description="Whether it returns once or often.")
    def kind(self: models.Definition) -> ActionKind:
        """Return the kind."""
        return ActionKind(self.kind)

    @column("scope", description="Where its values may live.")
    def scope(self: models.Definition) -> ActionScope:
        """Return the scope."""
        return ActionScope(self.scope)

    @column("definition", description="What a call takes.")
    def args(self: models.Definition) -> list[ArgPort]:
        """Return the declared arguments."""
        return read_all(ArgPort, self.definition.get("args"))

    @column("definition", description="What a call returns.")
    def returns(self: models.Definition) -> list[ReturnPort]:
        """Return the declared returns."""
        return read_all(ReturnPort, self.definition.get("returns"))

    @strawberry_django.field(description="Its vector; none are made here.")
    def embedding(self: models.Definition) -> Embedding | None:
        """Return nothing."""
        return None

    @strawberry_django.field(description="The blok that draws it: of a flavour, or the newest.")
    def logo(self: models.Definition, flavour: strawberry.ID | None = None) -> FlavourBlok | None:
        """Find it."""
        found = bloks.logo_of_definition(self, flavour)
        return None if found is None else blok_of(found[0].pk, found[1])

    @strawberry_django.field(description="Those closest in meaning; none without vectors.")
    def similar_definitions(
        self: models.Definition,
        filters: DefinitionFilter | None = None,
        limit: int = 10,
        max_distance: float | None = None,
    ) -> list[Definition]:
        """Return nothing."""
        return []


@strawberry.type
class Query:
    """Root fields of definitions."""

    definitions: list[Definition] = store_rows(
        rows.definitions_visible_to,
        filters=DefinitionFilter,
        ordering=DefinitionOrder,
        description="What apps of the store can do, by name.",
    )

    @one_row(Definition, "One definition, by its id or its hash.")
    def definition(
        self, info: Info, id: strawberry.ID | None = None, hash: ActionHash | None = None
    ) -> QuerySet[models.Definition]:
        """Return the definition."""
        return rows.definition_get(principal=principal_of(info), definition_id=id, hash=hash)
