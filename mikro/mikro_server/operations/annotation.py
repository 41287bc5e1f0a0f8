"""Annotations and their collections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from chassis.errors import InvalidInput, NotSupported
from chassis.identity import Principal
from chassis.permissions import authorize
from mikro_server.adapters.news import ShapeNews, announce_shape, watched_shapes
from mikro_server.domain.drawing import box_around, check_color, check_vectors, check_width
from mikro_server.domain.kinds import AnnotationKind, AxisType, LensKind
from mikro_server.domain.text import checked_name, checked_text
from mikro_server.models import Annotation, AnnotationCollection, Axis, Lens
from mikro_server.operations.array import folder_named, whole_selection
from mikro_server.operations.author import Author, in_thread, stamp
from mikro_server.operations.coordinate import AxisDraft, system_write
from mikro_server.operations.lineage import derivations_write, sources_write
from mikro_server.selectors import rows, subqueries
from mikro_server.selectors.scope import only_one, pk_of

MOST_AT_ONCE = 10_000
#: Of more shapes at once it is told that there are many, not which.
TOLD_ONE_BY_ONE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeDraft:
    """A shape as the caller draws it."""

    kind: AnnotationKind
    vectors: Sequence[Sequence[float]]
    name: str | None = None
    description: str | None = None
    coordinates: Sequence[Mapping[str, Any]] = ()
    stroke_color: Sequence[int] | None = None
    fill_color: Sequence[int] | None = None
    stroke_width: float | None = None
    filled: bool | None = None


@transaction.atomic
def collection_create(
    *,
    author: Author,
    name: str,
    axes: Sequence[AxisDraft],
    description: str | None = None,
    folder: object | None = None,
    derived_from: Sequence[Mapping[str, Any]] = (),
    source_files: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Make a drawing surface with a space of its own."""
    made = stamp(author)
    name = checked_name(name)
    system = system_write(made, name=name, axes=axes)
    collection = AnnotationCollection.objects.create(
        **made,
        name=name,
        description=checked_text(description),
        folder=folder_named(author, folder),
        coordinate_system=system,
    )
    Lens.objects.create(
        **made,
        kind=LensKind.ANNOTATION.value,
        label=name,
        annotation_collection=collection,
        selection=whole_selection("annotation_collection", collection.pk),
        is_whole=True,
        axis_names=[axis.name for axis in axes],
        coordinate_system=system,
    )
    derivations_write(made, author, system, derived_from)
    sources_write(made, author, collection, "annotation_collection", source_files)
    return collection.pk


@transaction.atomic
def annotations_create(
    *,
    author: Author,
    shapes: Sequence[ShapeDraft],
    collection_id: object | None = None,
    scene_id: object | None = None,
) -> list[Any]:
    """Draw shapes into one collection."""
    made = stamp(author)
    chosen, identifier = only_one(collection=collection_id, scene=scene_id)
    if chosen == "scene":
        rows.row_get(rows.scenes_visible_to(author.principal), identifier)
        raise NotSupported("Drawing on a scene is not offered yet; name a collection.")
    if not 1 <= len(shapes) <= MOST_AT_ONCE:
        raise InvalidInput(f"One call draws 1 to {MOST_AT_ONCE} shapes.", field="annotations")
    collection = rows.row_get(rows.collections_visible_to(author.principal), identifier)
    axes = list(collection.coordinate_system.axes.all())
    drawn = Annotation.objects.bulk_create(
        Annotation(**made, collection=collection, **_columns(shape, axes)) for shape in shapes
    )
    told = [one.pk for one in drawn] if len(drawn) <= TOLD_ONE_BY_ONE else [None]
    for pk in told:
        _tell(author, "create", pk, collection.pk)
    return [one.pk for one in drawn]


def _tell(author: Author, kind: str, shape: object | None, collection: int) -> None:
    named = None if shape is None else str(shape)
    announce_shape(ShapeNews(author.organization, kind, named, collection))


def _columns(shape: ShapeDraft, axes: Sequence[Axis]) -> dict[str, Any]:
    vectors = _fitting(shape.kind, shape.vectors, axes)
    return {
        "name": checked_name(shape.name) if shape.name else shape.kind.value.lower(),
        "description": checked_text(shape.description),
        "kind": shape.kind.value,
        "vectors": vectors,
        "bbox": box_around(vectors),
        "coordinates": _pins(shape.coordinates, axes),
        "stroke_color": check_color(shape.stroke_color, "strokeColor"),
        "fill_color": check_color(shape.fill_color, "fillColor"),
        "stroke_width": check_width(shape.stroke_width),
        "filled": bool(shape.filled),
        "descriptors": _descriptors(shape.kind, axes),
    }


def _descriptors(kind: AnnotationKind, axes: Sequence[Axis]) -> dict[str, Any]:
    types = [axis.type for axis in axes]
    return {
        "@mikro/annotation_kind": kind.value,
        "@mikro/n_space_axes": types.count(AxisType.SPACE.value),
        "@mikro/n_time_axes": types.count(AxisType.TIME.value),
    }


def _fitting(
    kind: AnnotationKind, vectors: Sequence[Sequence[float]], axes: Sequence[Axis]
) -> list[list[float]]:
    checked = check_vectors(kind, vectors)
    space = sum(axis.type == AxisType.SPACE.value for axis in axes)
    if space and len(checked[0]) != space:
        raise InvalidInput(f"Points have {space} numbers in this space.", field="vectors")
    return checked


def _pins(coordinates: Sequence[Mapping[str, Any]], axes: Sequence[Axis]) -> list[dict[str, Any]]:
    free = {axis.name for axis in axes if axis.type != AxisType.SPACE.value}
    pins = [{"name": one["name"], "value": one["value"]} for one in coordinates]
    for pin in pins:
        if pin["name"] not in free:
            raise InvalidInput(f"There is no axis {pin['name']!r} to pin.", field="coordinates")
    return pins


@transaction.atomic
def annotation_update(*, author: Author, annotation_id: object, changes: Mapping[str, Any]) -> Any:
    """Move, restyle or rename a shape; `changes` has the names of the columns."""
    authorize(author.principal, "imaging.write")
    visible = rows.annotations_visible_to(author.principal).select_related("collection")
    shape = rows.row_get(visible, annotation_id)
    axes = list(shape.collection.coordinate_system.axes.all())
    if {"kind", "vectors"} & changes.keys():
        kind = AnnotationKind(changes.get("kind", shape.kind))
        shape.vectors = _fitting(kind, changes.get("vectors", shape.vectors), axes)
        shape.kind = kind.value
        shape.bbox = box_around(shape.vectors)
        shape.descriptors = _descriptors(kind, axes)
    if "name" in changes:
        shape.name = checked_name(changes["name"])
    if "description" in changes:
        shape.description = checked_text(changes["description"])
    if "coordinates" in changes:
        shape.coordinates = _pins(changes["coordinates"], axes)
    if "stroke_color" in changes:
        shape.stroke_color = check_color(changes["stroke_color"], "strokeColor")
    if "fill_color" in changes:
        shape.fill_color = check_color(changes["fill_color"], "fillColor")
    if "stroke_width" in changes:
        shape.stroke_width = check_width(changes["stroke_width"])
    shape.filled = changes.get("filled", shape.filled)
    shape.save()
    _tell(author, "update", shape.pk, shape.collection_id)
    return shape.pk


@transaction.atomic
def annotation_delete(*, author: Author, annotation_id: object) -> Any:
    """Remove a shape."""
    shape = rows.row_get(rows.annotations_visible_to(author.principal), annotation_id)
    authorize(author.principal, "imaging.delete", shape)
    pk = shape.pk
    shape.delete()
    _tell(author, "delete", pk, shape.collection_id)
    return pk


async def shapes_watch(
    *, principal: Principal, collection: object | None = None, dataset: object | None = None
) -> AsyncIterator[ShapeNews]:
    """Yield what happens to shapes of the organization, of one collection, or over one dataset."""
    authorize(principal, "imaging.read")
    visible = rows.collections_visible_to(principal)
    if collection is not None:
        visible = visible.filter(pk=pk_of(collection))
        await in_thread(rows.row_get, rows.collections_visible_to(principal), collection)
    if dataset is not None:
        await in_thread(rows.row_get, rows.arrays_visible_to(principal), dataset)
        source = Q(output__array_dataset=pk_of(dataset))
        visible = visible.filter(subqueries.derived("coordinate_system", source))
    async for news in watched_shapes(principal.organization):
        if await in_thread(visible.filter(pk=news.collection).exists):
            yield news
