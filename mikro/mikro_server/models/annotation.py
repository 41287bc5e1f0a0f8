"""Annotations (regions of interest) and the collections they are drawn into."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from mikro_server.domain.kinds import AnnotationKind
from mikro_server.models.base import Kept, Made
from mikro_server.models.coordinate import CoordinateSystem
from mikro_server.models.folder import Folder
from mikro_server.models.search import words_of


class AnnotationCollection(Kept):
    """A drawing surface with a space of its own."""

    name = models.CharField(max_length=1000)
    description = models.TextField(null=True)
    folder = models.ForeignKey(
        Folder, null=True, on_delete=models.SET_NULL, related_name="annotation_collections"
    )
    coordinate_system = models.OneToOneField(
        CoordinateSystem, on_delete=models.PROTECT, related_name="annotation_collection"
    )
    words = words_of("name", "description")

    class Meta:
        indexes = [GinIndex(fields=["words"], name="annotation_words")]

    def __str__(self) -> str:
        return self.name


class Annotation(Made):
    """One shape."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    collection = models.ForeignKey(
        AnnotationCollection, on_delete=models.CASCADE, related_name="annotations"
    )
    name = models.CharField(max_length=1000)
    description = models.TextField(null=True)
    kind = models.CharField(
        max_length=20, choices=[(one.value, one.value) for one in AnnotationKind]
    )
    vectors = models.JSONField()
    coordinates = models.JSONField(default=list)
    #: Corners of the shape: {"min": [...], "max": [...]}, in the space of its collection.
    bbox = models.JSONField(null=True)
    stroke_color = models.JSONField(null=True)
    fill_color = models.JSONField(null=True)
    stroke_width = models.FloatField(default=1.0)
    filled = models.BooleanField(default=False)
    descriptors = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["collection", "created_at"], name="annotation_drawn")]

    def __str__(self) -> str:
        return self.name
