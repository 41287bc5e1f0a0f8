"""The enums of the schema: those of the domain are registered, two are there twice."""

from __future__ import annotations

from enum import Enum

import strawberry

from mikro_server.domain import kinds

for _kind in (
    kinds.AxisType,
    kinds.ScaleMethod,
    kinds.ArrayDatasetSpec,
    kinds.TableDatasetSpec,
    kinds.SparseDatasetSpec,
    kinds.ColumnRole,
    kinds.TransformKind,
    kinds.CreatableTransformKind,
    kinds.PartKind,
    kinds.PlacementValidity,
    kinds.TransformInvariance,
    kinds.ValueRelation,
    kinds.DerivationSourceKind,
    kinds.IdentificationKind,
    kinds.LensKind,
    kinds.AnnotationKind,
    kinds.FileLinkDirection,
    kinds.FileLinkContainerKind,
    kinds.HistoryKind,
    kinds.DescriptorOperator,
):
    strawberry.enum(_kind)


@strawberry.enum
class AnnotationKindChoices(Enum):
    """`AnnotationKind` under the name the filters of the clients use."""

    POINT = "POINT"
    MULTI_POINT = "MULTI_POINT"
    LINE = "LINE"
    PATH = "PATH"
    POLYGON = "POLYGON"
    RECTANGLE = "RECTANGLE"
    CUBE = "CUBE"
    CIRCLE = "CIRCLE"
    ELLIPSE = "ELLIPSE"
    SPHERE = "SPHERE"
    ELLIPSOID = "ELLIPSOID"


@strawberry.enum
class TransformKindChoices(Enum):
    """`TransformKind` under the name the filters of the clients use."""

    IDENTITY = "IDENTITY"
    SCALE = "SCALE"
    TRANSLATION = "TRANSLATION"
    MAP_AXIS = "MAP_AXIS"
    AFFINE = "AFFINE"
    ROTATION = "ROTATION"
    SEQUENCE = "SEQUENCE"
    BY_DIMENSION = "BY_DIMENSION"
    UNMAPPABLE = "UNMAPPABLE"
