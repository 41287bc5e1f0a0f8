"""The coordinate graph: systems are its nodes, transformations its edges."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from mikro_server.domain.kinds import AxisType, PlacementValidity, TransformKind
from mikro_server.models.base import KindQuerySet, Made


class CoordinateSystem(Made):
    """A space with named axes; owned by one piece of data, or shared and then nobody's."""

    name = models.CharField(max_length=1000)
    epoch = models.DateTimeField(null=True)
    reference = models.CharField(max_length=1000, null=True)
    reference_app = models.CharField(max_length=400, null=True)
    is_shared = models.BooleanField(default=False)
    transform_version = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["organization", "name"], name="system_name")]

    def __str__(self) -> str:
        return self.name


class Axis(models.Model):
    """One dimension of a system."""

    system = models.ForeignKey(CoordinateSystem, on_delete=models.CASCADE, related_name="axes")
    order = models.IntegerField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, choices=[(one.value, one.value) for one in AxisType])
    unit = models.CharField(max_length=100, null=True)
    long_name = models.CharField(max_length=1000, null=True)
    description = models.TextField(null=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["system", "order"], name="axis_order"),
            models.UniqueConstraint(fields=["system", "name"], name="axis_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Transformation(Made):
    """A map from the input system to the output system."""

    input = models.ForeignKey(CoordinateSystem, on_delete=models.CASCADE, related_name="outgoing")
    output = models.ForeignKey(CoordinateSystem, on_delete=models.CASCADE, related_name="incoming")
    kind = models.CharField(
        max_length=20, choices=[(one.value, one.value) for one in TransformKind]
    )
    name = models.CharField(max_length=1000, null=True)
    validity = models.CharField(max_length=20, default=PlacementValidity.MANUAL.value)
    value_relation = models.CharField(max_length=20, null=True)
    version = models.IntegerField(default=1)
    input_axes = ArrayField(models.CharField(max_length=200), default=list)
    output_axes = ArrayField(models.CharField(max_length=200), default=list)
    #: Only the fields of the kind: scale, translation, affine, steps, parts, reason.
    params = models.JSONField(default=dict)
    selector = models.JSONField(null=True)
    #: The edge says where data came from, rather than where it is placed.
    is_derivation = models.BooleanField(default=False)
    annotation = models.ForeignKey(
        "mikro.Annotation", null=True, on_delete=models.SET_NULL, related_name="edges"
    )

    objects = KindQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or f"{self.input_id} -> {self.output_id}"
