"""The tables of the mikro service, one noun a file."""

from __future__ import annotations

from mikro_server.models.annotation import Annotation, AnnotationCollection
from mikro_server.models.array import ArrayDataset, CoordinateAnchor, DataArray
from mikro_server.models.coordinate import Axis, CoordinateSystem, Transformation
from mikro_server.models.folder import File, FileLink, Folder, FolderChange
from mikro_server.models.identity import Client, Organization, Task, User
from mikro_server.models.lens import Lens
from mikro_server.models.metric import Metric
from mikro_server.models.shape import (
    Fixture,
    MeshCollection,
    NetworkCollection,
    Scene,
    SparseDataset,
)
from mikro_server.models.store import Quota, Store, Usage
from mikro_server.models.table import Column, TableDataset

__all__ = [
    "Annotation",
    "AnnotationCollection",
    "ArrayDataset",
    "Axis",
    "Client",
    "Column",
    "CoordinateAnchor",
    "CoordinateSystem",
    "DataArray",
    "File",
    "FileLink",
    "Fixture",
    "Folder",
    "FolderChange",
    "Lens",
    "MeshCollection",
    "Metric",
    "NetworkCollection",
    "Organization",
    "Quota",
    "Scene",
    "SparseDataset",
    "Store",
    "TableDataset",
    "Task",
    "Transformation",
    "Usage",
    "User",
]
