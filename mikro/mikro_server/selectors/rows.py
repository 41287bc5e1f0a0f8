"""What a principal may see of each noun; and one row of it by its id."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from chassis.errors import NotFound
from chassis.identity import Principal
from mikro_server import models
from mikro_server.selectors.scope import pk_of, uuid_of, visible

M = TypeVar("M", bound=Model)


def folders_visible_to(principal: Principal | None) -> QuerySet[models.Folder]:
    """Return the folders that are not in the trash."""
    return visible(principal, models.Folder.objects.filter(trashed_at=None))


def files_visible_to(principal: Principal | None) -> QuerySet[models.File]:
    """Return the files that are not in the trash."""
    return visible(principal, models.File.objects.filter(trashed_at=None))


def arrays_visible_to(principal: Principal | None) -> QuerySet[models.ArrayDataset]:
    """Return the array datasets that are not in the trash."""
    return visible(principal, models.ArrayDataset.objects.filter(trashed_at=None))


def tables_visible_to(principal: Principal | None) -> QuerySet[models.TableDataset]:
    """Return the table datasets that are not in the trash."""
    return visible(principal, models.TableDataset.objects.filter(trashed_at=None))


def collections_visible_to(principal: Principal | None) -> QuerySet[models.AnnotationCollection]:
    """Return the annotation collections that are not in the trash."""
    return visible(principal, models.AnnotationCollection.objects.filter(trashed_at=None))


def annotations_visible_to(principal: Principal | None) -> QuerySet[models.Annotation]:
    """Return the annotations of visible collections."""
    return visible(principal, models.Annotation.objects.filter(collection__trashed_at=None))


def lenses_visible_to(principal: Principal | None) -> QuerySet[models.Lens]:
    """Return the lenses over visible data."""
    kept = Q(
        array_dataset__trashed_at=None,
        table_dataset__trashed_at=None,
        annotation_collection__trashed_at=None,
    )
    return visible(principal, models.Lens.objects.filter(kept))


def systems_visible_to(principal: Principal | None) -> QuerySet[models.CoordinateSystem]:
    """Return the coordinate systems of the organization."""
    return visible(principal, models.CoordinateSystem.objects.all())


def transformations_visible_to(principal: Principal | None) -> QuerySet[models.Transformation]:
    """Return the edges of the organization's coordinate graph."""
    return visible(principal, models.Transformation.objects.all())


def metrics_visible_to(principal: Principal | None) -> QuerySet[models.Metric]:
    """Return the metrics of the organization."""
    return visible(principal, models.Metric.objects.all())


def stores_visible_to(principal: Principal | None) -> QuerySet[models.Store]:
    """Return the stores of the organization."""
    return visible(principal, models.Store.objects.all())


def scenes_visible_to(principal: Principal | None) -> QuerySet[models.Scene]:
    """Return the scenes of the organization."""
    return visible(principal, models.Scene.objects.filter(trashed_at=None))


def meshes_visible_to(principal: Principal | None) -> QuerySet[models.MeshCollection]:
    """Return the mesh collections of the organization."""
    return visible(principal, models.MeshCollection.objects.filter(trashed_at=None))


def networks_visible_to(principal: Principal | None) -> QuerySet[models.NetworkCollection]:
    """Return the network collections of the organization."""
    return visible(principal, models.NetworkCollection.objects.filter(trashed_at=None))


def fixtures_visible_to(principal: Principal | None) -> QuerySet[models.Fixture]:
    """Return the fixtures of the organization."""
    return visible(principal, models.Fixture.objects.filter(trashed_at=None))


def sparse_visible_to(principal: Principal | None) -> QuerySet[models.SparseDataset]:
    """Return the sparse datasets of the organization."""
    return visible(principal, models.SparseDataset.objects.filter(trashed_at=None))


def row_with(rows: QuerySet[M], identifier: object) -> QuerySet[M]:
    """Cut visible rows down to the one with this id."""
    if rows.model is models.Annotation:
        return rows.filter(pk=uuid_of(identifier))
    return rows.filter(pk=pk_of(identifier))


def row_get(rows: QuerySet[M], identifier: object) -> M:
    """Return one visible row, or raise `NotFound`: absent and foreign look the same."""
    found = row_with(rows, identifier).first()
    if found is None:
        raise NotFound()
    return found
