"""Rooms kept for what comes later: meshes, networks, fixtures, sparse data and scenes.

Nothing makes these rows yet. They are here so that a lens, a column or a link can name one.
"""

from __future__ import annotations

from django.db import models

from mikro_server.models.base import Kept
from mikro_server.models.coordinate import CoordinateSystem
from mikro_server.models.folder import Folder
from mikro_server.models.store import Store


class _InSpace(Kept):
    folder = models.ForeignKey(Folder, null=True, on_delete=models.SET_NULL, related_name="+")
    coordinate_system = models.OneToOneField(
        CoordinateSystem, on_delete=models.PROTECT, related_name="%(class)s"
    )
    store = models.OneToOneField(Store, on_delete=models.PROTECT, related_name="%(class)s")
    name = models.CharField(max_length=1000, null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or f"{type(self).__name__} {self.pk}"


class MeshCollection(_InSpace):
    """Surfaces in a space."""


class NetworkCollection(_InSpace):
    """Graphs in a space."""


class Fixture(_InSpace):
    """A model of a thing that stands in a space."""


class SparseDataset(_InSpace):
    """A sparse array."""


class Scene(Kept):
    """A composed view."""

    name = models.CharField(max_length=1000)
    world = models.ForeignKey(CoordinateSystem, on_delete=models.PROTECT, related_name="scenes")

    def __str__(self) -> str:
        return self.name
