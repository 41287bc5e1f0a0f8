"""Lenses: one row for each selection anybody asked for, whoever asks again."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from mikro_server.domain.kinds import LensKind
from mikro_server.models.annotation import Annotation, AnnotationCollection
from mikro_server.models.array import ArrayDataset
from mikro_server.models.base import KindQuerySet, Made
from mikro_server.models.coordinate import CoordinateSystem
from mikro_server.models.shape import (
    Fixture,
    MeshCollection,
    NetworkCollection,
    Scene,
    SparseDataset,
)
from mikro_server.models.table import TableDataset

_CONTAINER: dict[str, Any] = {"null": True, "on_delete": models.CASCADE, "related_name": "lenses"}


class Lens(Made):
    """A selection over one container: slices of an array, windows of anything else."""

    kind = models.CharField(max_length=20, choices=[(one.value, one.value) for one in LensKind])
    name = models.CharField(max_length=1000, null=True)
    label = models.CharField(max_length=3000)
    array_dataset = models.ForeignKey(ArrayDataset, **_CONTAINER)
    table_dataset = models.ForeignKey(TableDataset, **_CONTAINER)
    annotation_collection = models.ForeignKey(AnnotationCollection, **_CONTAINER)
    sparse_dataset = models.ForeignKey(SparseDataset, **_CONTAINER)
    mesh_collection = models.ForeignKey(MeshCollection, **_CONTAINER)
    network_collection = models.ForeignKey(NetworkCollection, **_CONTAINER)
    fixture = models.ForeignKey(Fixture, **_CONTAINER)
    #: Container and selection in one text: the same selection, however spelled, is the same row.
    selection = models.CharField(max_length=64, unique=True)
    is_whole = models.BooleanField(default=False)
    slices = models.JSONField(default=list)
    windows = models.JSONField(default=list)
    shape = ArrayField(models.BigIntegerField(), default=list)
    axis_names = ArrayField(models.CharField(max_length=200), default=list)
    spec = ArrayField(models.CharField(max_length=30), default=list)
    descriptors = models.JSONField(default=dict)
    coordinate_system = models.ForeignKey(
        CoordinateSystem, null=True, on_delete=models.PROTECT, related_name="lenses"
    )
    default_scene = models.ForeignKey(
        Scene, null=True, on_delete=models.SET_NULL, related_name="default_for"
    )
    annotations = models.ManyToManyField(Annotation, related_name="derived_lenses")

    objects = KindQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization", "kind"], name="lens_kind")]

    def __str__(self) -> str:
        return self.label
