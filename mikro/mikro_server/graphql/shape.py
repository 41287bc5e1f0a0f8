"""Types of what comes later, so that lenses and columns can name them: nothing makes them yet."""

from __future__ import annotations

import strawberry
import strawberry_django

from mikro_server import models
from mikro_server.graphql.coordinate import CoordinateSystem


@strawberry_django.type(models.MeshCollection, description="Surfaces in a space.")
class MeshCollection:
    """Not made by this server yet."""

    id: strawberry.ID = strawberry_django.field(description="The id of the collection.")
    name: str | None = strawberry_django.field(description="The name.")
    coordinate_system: CoordinateSystem = strawberry_django.field(description="Its space.")


@strawberry_django.type(models.NetworkCollection, description="Graphs in a space.")
class NetworkCollection:
    """Not made by this server yet."""

    id: strawberry.ID = strawberry_django.field(description="The id of the collection.")
    name: str | None = strawberry_django.field(description="The name.")
    coordinate_system: CoordinateSystem = strawberry_django.field(description="Its space.")


@strawberry_django.type(models.Fixture, description="A model of a thing that stands in a space.")
class Fixture:
    """Not made by this server yet."""

    id: strawberry.ID = strawberry_django.field(description="The id of the fixture.")
    name: str | None = strawberry_django.field(description="The name.")
    coordinate_system: CoordinateSystem = strawberry_django.field(description="Its space.")


@strawberry_django.type(models.SparseDataset, description="A sparse array.")
class SparseDataset:
    """Not made by this server yet."""

    id: strawberry.ID = strawberry_django.field(description="The id of the dataset.")
    coordinate_system: CoordinateSystem = strawberry_django.field(description="Its space.")

    @strawberry_django.field(only=["name"], description="The name.")
    def name(self: models.SparseDataset) -> str:
        """Return the name."""
        return self.name or ""


@strawberry_django.type(models.Scene, description="A composed view.")
class Scene:
    """Not made by this server yet."""

    id: strawberry.ID = strawberry_django.field(description="The id of the scene.")
    name: str = strawberry_django.field(description="The name.")
