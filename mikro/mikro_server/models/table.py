"""Table datasets and their columns."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from mikro_server.models.base import Kept
from mikro_server.models.coordinate import CoordinateSystem
from mikro_server.models.folder import Folder
from mikro_server.models.search import words_of
from mikro_server.models.store import Store


class TableDataset(Kept):
    """A table in one Parquet file, with a space of its own where its columns are coordinates."""

    name = models.CharField(max_length=1000)
    description = models.TextField(null=True)
    folder = models.ForeignKey(
        Folder, null=True, on_delete=models.SET_NULL, related_name="table_datasets"
    )
    store = models.OneToOneField(Store, on_delete=models.PROTECT, related_name="table_dataset")
    coordinate_system = models.OneToOneField(
        CoordinateSystem, on_delete=models.PROTECT, related_name="table_dataset"
    )
    axis_names = ArrayField(models.CharField(max_length=200))
    spec = ArrayField(models.CharField(max_length=30), default=list)
    descriptors = models.JSONField(default=dict)
    words = words_of("name", "description")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="table_newest"),
            GinIndex(fields=["words"], name="table_words"),
        ]

    def __str__(self) -> str:
        return self.name


class Column(models.Model):
    """One column, as declared and as the file has it."""

    table = models.ForeignKey(TableDataset, on_delete=models.CASCADE, related_name="columns")
    order = models.IntegerField()
    name = models.CharField(max_length=1000)
    dtype = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    axis_type = models.CharField(max_length=20, null=True)
    unit = models.CharField(max_length=100, null=True)
    long_name = models.CharField(max_length=1000, null=True)
    description = models.TextField(null=True)
    references = models.ForeignKey(
        TableDataset, null=True, on_delete=models.SET_NULL, related_name="referenced_by"
    )
    node_references = models.ForeignKey(
        "mikro.NetworkCollection", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["table", "order"], name="column_order")]

    def __str__(self) -> str:
        return self.name
