"""Array datasets, the levels of their pyramids, and what is known at coordinates of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from mikro_server.models.base import Kept, Made
from mikro_server.models.coordinate import CoordinateSystem
from mikro_server.models.folder import Folder
from mikro_server.models.search import words_of
from mikro_server.models.store import Store


class ArrayDataset(Kept):
    """An n-dimensional array with named axes, in one or more resolutions."""

    name = models.CharField(max_length=1000)
    description = models.TextField(null=True)
    folder = models.ForeignKey(
        Folder, null=True, on_delete=models.SET_NULL, related_name="array_datasets"
    )
    intrinsic_system = models.OneToOneField(
        CoordinateSystem, on_delete=models.PROTECT, related_name="array_dataset"
    )
    shape = ArrayField(models.BigIntegerField())
    axis_names = ArrayField(models.CharField(max_length=200))
    levels = models.IntegerField(default=1)
    spec = ArrayField(models.CharField(max_length=30), default=list)
    descriptors = models.JSONField(default=dict)
    acquisition_start = models.DateTimeField(null=True)
    acquisition_end = models.DateTimeField(null=True)
    words = words_of("name", "description")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="array_newest"),
            models.Index(fields=["organization", "folder"], name="array_in_folder"),
            GinIndex(fields=["words"], name="array_words"),
            GinIndex(
                fields=["descriptors"], name="array_descriptors", opclasses=["jsonb_path_ops"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DataArray(models.Model):
    """One resolution of a dataset; level 0 is the finest."""

    organization = models.ForeignKey(
        "mikro.Organization", on_delete=models.CASCADE, related_name="+"
    )
    dataset = models.ForeignKey(ArrayDataset, on_delete=models.CASCADE, related_name="data_arrays")
    store = models.OneToOneField(Store, on_delete=models.PROTECT, related_name="data_array")
    level = models.IntegerField()
    shape = ArrayField(models.BigIntegerField())
    chunk_shape = ArrayField(models.BigIntegerField())
    #: How many positions of level 0 one position of this level stands for, along each axis.
    scale_factors = ArrayField(models.FloatField())
    scale_method = models.CharField(max_length=20, null=True)

    class Meta:
        ordering = ["level"]
        constraints = [models.UniqueConstraint(fields=["dataset", "level"], name="array_level")]

    def __str__(self) -> str:
        return f"level {self.level} of {self.dataset_id}"


class CoordinateAnchor(Made):
    """What is known at some coordinates of data: microscope, label, histogram, light path."""

    dataset = models.ForeignKey(
        ArrayDataset, null=True, on_delete=models.CASCADE, related_name="anchors"
    )
    table = models.ForeignKey(
        "mikro.TableDataset", null=True, on_delete=models.CASCADE, related_name="anchors"
    )
    coordinates = models.JSONField(default=dict)
    spokes = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"anchor {self.pk}"
