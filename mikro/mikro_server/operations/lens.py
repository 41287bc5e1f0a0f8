"""Lenses: found where the selection exists, made where it does not."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import transaction

from chassis.errors import Conflict, InvalidInput
from chassis.permissions import authorize
from mikro_server.domain import affine, slices, structure
from mikro_server.domain.kinds import AxisType, LensKind, PlacementValidity, TransformKind
from mikro_server.domain.text import checked_name
from mikro_server.models import Annotation, ArrayDataset, Lens, Transformation
from mikro_server.operations.array import whole_selection
from mikro_server.operations.author import Author, Stamp, stamp
from mikro_server.operations.coordinate import AxisDraft, system_write
from mikro_server.selectors import rows
from mikro_server.selectors.graph import affine_between, axis_names
from mikro_server.selectors.scope import only_one

_LABEL = 2500

#: Kind of a lens over windows: the column of its container, and who may be seen.
CONTAINERS: dict[LensKind, tuple[str, Any]] = {
    LensKind.TABLE: ("table_dataset", rows.tables_visible_to),
    LensKind.SPARSE: ("sparse_dataset", rows.sparse_visible_to),
    LensKind.MESH: ("mesh_collection", rows.meshes_visible_to),
    LensKind.NETWORK: ("network_collection", rows.networks_visible_to),
    LensKind.ANNOTATION: ("annotation_collection", rows.collections_visible_to),
    LensKind.FIXTURE: ("fixture", rows.fixtures_visible_to),
}


@transaction.atomic
def array_lens_create(
    *,
    author: Author,
    dataset_id: object | None = None,
    lens_id: object | None = None,
    wanted: Sequence[Mapping[str, Any]] | None = None,
    box: Mapping[str, Any] | None = None,
    annotation_id: object | None = None,
    name: str | None = None,
) -> int:
    """Return the lens of a selection over an array, made if nobody asked for it before."""
    made = stamp(author)
    if sum(one is not None for one in (wanted or None, box, annotation_id)) > 1:
        raise InvalidInput("Give slices, a box or an annotation, not several.", field="slices")
    dataset, base = _array_base(author, dataset_id, lens_id)
    annotation = None
    selection = base
    if box is not None:
        if lens_id is not None:
            raise InvalidInput("A box is cut out of a dataset, not of a lens.", field="box")
        wanted = _box_slices(author, dataset, box["coordinateSystem"], box["windows"])
    elif annotation_id is not None:
        visible = rows.annotations_visible_to(author.principal)
        annotation = rows.row_get(visible, annotation_id)
        cut = _annotation_slices(author, dataset, annotation)
        selection = _intersect(base, cut)
    if annotation is None:
        selection = slices.narrow(base, wanted or ())
    label = None if name is None else checked_name(name)
    lens = _array_lens(made, dataset, selection, label)
    if annotation is not None:
        lens.annotations.add(annotation)
    return lens.pk


def _array_base(
    author: Author, dataset_id: object | None, lens_id: object | None
) -> tuple[ArrayDataset, slices.Selection]:
    """Return the dataset, and what of it is there to be cut."""
    chosen, identifier = only_one(dataset=dataset_id, lens=lens_id)
    if chosen == "dataset":
        found = rows.row_get(rows.arrays_visible_to(author.principal), identifier)
        return found, slices.whole(found.axis_names, found.shape)
    visible = rows.lenses_visible_to(author.principal).select_related("array_dataset")
    lens = rows.row_get(visible.filter(kind=LensKind.ARRAY.value), identifier)
    dataset: ArrayDataset = lens.array_dataset
    cuts = {one["axis"]: slices.AxisSlice(**one) for one in lens.slices}
    everything = slices.whole(dataset.axis_names, dataset.shape)
    return dataset, tuple(cuts.get(one.axis, one) for one in everything)


def _intersect(base: slices.Selection, cut: Sequence[Mapping[str, Any]]) -> slices.Selection:
    """Cut a box of the dataset out of what a lens keeps of it."""
    bounds = {one["axis"]: (one["start"], one["stop"]) for one in cut}
    wanted = []
    for one in base:
        if one.axis not in bounds:
            continue
        low, high = bounds[one.axis]
        kept = [at for at in range(one.extent) if low <= one.start + at * one.step < high]
        if not kept:
            raise InvalidInput("The shape misses what the lens selects.", field="annotation")
        wanted.append({"axis": one.axis, "start": kept[0], "stop": kept[-1] + 1})
    return slices.narrow(base, wanted)


def _box_slices(
    author: Author, dataset: ArrayDataset, system_id: object, windows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the voxels whose cells a box of another space meets."""
    system = rows.row_get(rows.systems_visible_to(author.principal), system_id)
    edges = rows.transformations_visible_to(author.principal)
    there = affine_between(edges, dataset.intrinsic_system_id, system.pk)
    back = None if there is None else affine.invert(there)
    if there is None or back is None:
        raise InvalidInput("The pixel grid does not reach this space affinely.", field="box")
    names = axis_names([system.pk])[system.pk]
    pixels = tuple(-0.5 for _ in dataset.shape), tuple(size - 0.5 for size in dataset.shape)
    low, high = (list(side) for side in affine.box_image(there, pixels))
    for one in slices.narrow_windows((), windows, names):
        at = names.index(one["axis"])
        low[at] = low[at] if one["min"] is None else one["min"]
        high[at] = high[at] if one["max"] is None else one["max"]
        if low[at] > high[at]:
            raise InvalidInput("The box misses the array.", field="box")
    found = affine.box_image(back, (tuple(low), tuple(high)))
    cut = []
    for axis, size, least, most in zip(dataset.axis_names, dataset.shape, *found, strict=True):
        start, stop = max(math.ceil(least - 0.5), 0), min(math.floor(most + 0.5) + 1, size)
        if start >= stop:
            raise InvalidInput("The box misses the array.", field="box")
        cut.append({"axis": axis, "start": start, "stop": stop})
    return cut


def _annotation_slices(
    author: Author, dataset: ArrayDataset, annotation: Annotation
) -> list[dict[str, Any]]:
    system = annotation.collection.coordinate_system
    space = [axis.name for axis in system.axes.all() if axis.type == AxisType.SPACE.value]
    box = annotation.bbox
    if box is None or len(space) != len(box["min"]):
        raise InvalidInput("The annotation has no box in this space.", field="annotation")
    windows = [
        {"axis": axis, "min": low, "max": high}
        for axis, low, high in zip(space, box["min"], box["max"], strict=True)
    ]
    windows += [
        {"axis": one["name"], "min": one["value"], "max": one["value"]}
        for one in annotation.coordinates
    ]
    return _box_slices(author, dataset, system.pk, windows)


def _array_lens(
    made: Stamp, dataset: ArrayDataset, selection: slices.Selection, name: str | None
) -> Lens:
    cut = slices.restricting(selection, dataset.shape)
    mark = whole_selection("array_dataset", dataset.pk)
    if cut:
        mark = _mark("array_dataset", dataset.pk, [one.as_dict() for one in cut])
    found = Lens.objects.filter(selection=mark).first()
    if found is not None:
        return _name_once(found, name)
    shape = slices.extents(selection)
    axes = list(dataset.intrinsic_system.axes.all())
    types = [AxisType(axis.type) for axis in axes]
    label = f"{dataset.name} · {', '.join(str(one) for one in cut)}"[:_LABEL]
    system = system_write(
        made,
        name=label[:1000],
        axes=[
            AxisDraft(axis.name, axis.type, axis.unit, axis.long_name, axis.description)
            for axis in axes
        ],
    )
    Transformation.objects.create(
        **made,
        input=system,
        output_id=dataset.intrinsic_system_id,
        kind=TransformKind.SEQUENCE.value,
        validity=PlacementValidity.VALIDATED.value,
        input_axes=dataset.axis_names,
        output_axes=dataset.axis_names,
        params={
            "steps": [
                {"kind": "SCALE", "scale": [float(one.step) for one in selection]},
                {"kind": "TRANSLATION", "translation": [float(one.start) for one in selection]},
            ]
        },
    )
    return _write_once(
        Lens(
            **made,
            kind=LensKind.ARRAY.value,
            name=name,
            label=label,
            array_dataset=dataset,
            selection=mark,
            slices=[one.as_dict() for one in cut],
            shape=shape,
            axis_names=dataset.axis_names,
            spec=structure.array_spec(types, shape),
            descriptors=structure.array_descriptors(
                types, shape, dataset.descriptors["@mikro/dtype"]
            ),
            coordinate_system=system,
        )
    )


@transaction.atomic
def window_lens_create(
    *,
    author: Author,
    kind: LensKind,
    container_id: object | None = None,
    lens_id: object | None = None,
    windows: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Return the lens of windows over a container, made if nobody asked for it before."""
    made = stamp(author)
    column, visible = CONTAINERS[kind]
    present: Sequence[Mapping[str, Any]] = ()
    chosen, identifier = only_one(container=container_id, lens=lens_id)
    if chosen == "container":
        container = rows.row_get(visible(author.principal), identifier)
    else:
        lenses = rows.lenses_visible_to(author.principal).filter(kind=kind.value)
        outer = rows.row_get(lenses, identifier)
        container, present = getattr(outer, column), outer.windows
    axes = [axis.name for axis in container.coordinate_system.axes.all()]
    kept = slices.narrow_windows(present, windows, axes)
    mark = _mark(column, container.pk, kept) if kept else whole_selection(column, container.pk)
    found = Lens.objects.filter(selection=mark).first()
    if found is not None:
        return found.pk
    label = ", ".join(f"{one['axis']}[{_side(one['min'])}..{_side(one['max'])}]" for one in kept)
    whole = Lens.objects.filter(**{column: container}, is_whole=True).first()
    lens = _write_once(
        Lens(
            **made,
            kind=kind.value,
            label=f"{container} · {label}"[:_LABEL] if kept else str(container),
            selection=mark,
            is_whole=not kept,
            windows=kept,
            axis_names=axes,
            spec=whole.spec if whole is not None else [],
            coordinate_system=container.coordinate_system,
            **{column: container},
        )
    )
    return lens.pk


def _side(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _mark(container: str, pk: int, selection: Sequence[Mapping[str, Any]]) -> str:
    text = orjson.dumps(selection, option=orjson.OPT_SORT_KEYS).decode()
    return hashlib.sha256(f"{container}:{pk}:{text}".encode()).hexdigest()


def _name_once(lens: Lens, name: str | None) -> Lens:
    """A lens without a name takes this one; finding a selection is no wish to rename it."""
    if name is not None and lens.name is None:
        lens.name = name
        lens.save(update_fields=["name"])
    return lens


def _write_once(lens: Lens) -> Lens:
    """Write a lens unless another request was faster; then its row is the one."""
    Lens.objects.bulk_create([lens], ignore_conflicts=True)
    return Lens.objects.get(selection=lens.selection)


def lens_update(*, author: Author, lens_id: object, name: str | None) -> int:
    """Rename a lens, or take its name away."""
    authorize(author.principal, "imaging.write")
    lens = rows.row_get(rows.lenses_visible_to(author.principal), lens_id)
    lens.name = None if name is None else checked_name(name)
    lens.save(update_fields=["name"])
    return lens.pk


def lens_nominate(*, author: Author, lens_id: object, scene_id: object | None) -> int:
    """Say which scene opens for a lens."""
    authorize(author.principal, "imaging.write")
    lens = rows.row_get(rows.lenses_visible_to(author.principal), lens_id)
    scenes = rows.scenes_visible_to(author.principal)
    lens.default_scene = None if scene_id is None else rows.row_get(scenes, scene_id)
    lens.save(update_fields=["default_scene"])
    return lens.pk


@transaction.atomic
def lens_delete(*, author: Author, lens_id: object) -> int:
    """Remove a selection and the space it owns."""
    lens = rows.row_get(rows.lenses_visible_to(author.principal), lens_id)
    authorize(author.principal, "imaging.delete", lens)
    if lens.is_whole:
        raise Conflict("The whole lens stays as long as its data does.", field="id")
    pk, system = lens.pk, lens.coordinate_system
    lens.delete()
    if system is not None and not system.lenses.exists() and lens.slices:
        system.delete()
    return pk
