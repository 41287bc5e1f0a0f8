"""Array datasets: made of finished stores, renamed, thrown away."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from chassis.errors import InvalidInput
from chassis.permissions import authorize
from mikro_server.domain import structure
from mikro_server.domain.kinds import AxisType, LensKind, StoreKind
from mikro_server.domain.text import checked_name, checked_text
from mikro_server.models import ArrayDataset, CoordinateAnchor, DataArray, Folder, Lens, Store
from mikro_server.operations.author import Author, Stamp, stamp
from mikro_server.operations.coordinate import AxisDraft, system_write
from mikro_server.operations.lineage import derivations_write, sources_write
from mikro_server.operations.store import stores_attach
from mikro_server.selectors import rows


@dataclass(frozen=True, slots=True)
class LevelDraft:
    """A coarser level as the caller declares it."""

    level: int
    store: object
    scale_method: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayDraft:
    """A dataset as the caller declares it; lists hold what the wire holds."""

    name: str
    data: object
    axes: Sequence[AxisDraft]
    scales: Sequence[LevelDraft] = ()
    folder: object | None = None
    anchors: Sequence[Mapping[str, Any]] = ()
    derived_from: Sequence[Mapping[str, Any]] = ()
    source_files: Sequence[Mapping[str, Any]] = field(default=())


def folder_named(author: Author, folder_id: object | None) -> Folder | None:
    """Return the visible folder with this id, or none where none is wished for."""
    if folder_id is None:
        return None
    return rows.row_get(rows.folders_visible_to(author.principal), folder_id)


@transaction.atomic
def array_create(*, author: Author, draft: ArrayDraft) -> int:
    """Make a dataset of finished stores: its space, its levels and its whole lens with it."""
    made = stamp(author)
    name = checked_name(draft.name)
    folder = folder_named(author, draft.folder)
    levels = sorted(draft.scales, key=lambda one: one.level)
    numbers = [one.level for one in levels]
    if numbers != sorted(set(numbers)) or any(number < 1 for number in numbers):
        raise InvalidInput("Levels are numbered from 1, each once.", field="scales")
    stores = stores_attach(
        author=author, kind=StoreKind.ZARR, store_ids=[draft.data, *(one.store for one in levels)]
    )
    shape, types = _check_axes(draft.axes, stores[0])
    system = system_write(made, name=name, axes=draft.axes)
    facts = structure.array_descriptors(types, shape, stores[0].metadata["dtype"])
    spec = structure.array_spec(types, shape)
    window = [one["acquisitionWindow"] for one in draft.anchors if one.get("acquisitionWindow")]
    dataset = ArrayDataset.objects.create(
        **made,
        name=name,
        folder=folder,
        intrinsic_system=system,
        shape=shape,
        axis_names=[axis.name for axis in draft.axes],
        levels=1 + len(levels),
        spec=spec,
        descriptors=facts,
        acquisition_start=min((one["start"] for one in window), default=None),
        acquisition_end=max((one.get("end") or one["start"] for one in window), default=None),
    )
    DataArray.objects.bulk_create(
        [_level(dataset, 0, stores[0], None)]
        + [
            _level(dataset, one.level, store, one.scale_method)
            for one, store in zip(levels, stores[1:], strict=True)
        ]
    )
    _whole_lens(made, dataset)
    anchors_write(made, draft.anchors, dataset=dataset, axes=dataset.axis_names)
    derivations_write(made, author, system, draft.derived_from)
    sources_write(made, author, dataset, "array_dataset", draft.source_files)
    return dataset.pk


def _check_axes(axes: Sequence[AxisDraft], store: Store) -> tuple[list[int], list[AxisType]]:
    shape, named = store.metadata["shape"], store.metadata.get("dimension_names")
    if len(axes) != len(shape):
        raise InvalidInput(f"The array has {len(shape)} axes, not {len(axes)}.", field="axes")
    names = [axis.name for axis in axes]
    if named and all(named) and names != named:
        raise InvalidInput(f"The array names its axes {', '.join(named)}.", field="axes")
    return shape, [AxisType(axis.type) for axis in axes]


def _level(dataset: ArrayDataset, level: int, store: Store, method: str | None) -> DataArray:
    found = store.metadata
    shape = found["shape"]
    if len(shape) != len(dataset.shape) or any(
        small > large for small, large in zip(shape, dataset.shape, strict=True)
    ):
        raise InvalidInput(f"Level {level} does not fit into level 0.", field="scales")
    if found["dtype"] != dataset.descriptors["@mikro/dtype"]:
        raise InvalidInput(f"Level {level} has another dtype than level 0.", field="scales")
    return DataArray(
        organization_id=dataset.organization_id,
        dataset=dataset,
        store=store,
        level=level,
        shape=shape,
        chunk_shape=found["chunks"],
        scale_factors=[
            large / small if small else 1.0
            for small, large in zip(shape, dataset.shape, strict=True)
        ],
        scale_method=method,
    )


def whole_selection(container: str, pk: int) -> str:
    """Return the mark of the selection that keeps everything of a container."""
    return hashlib.sha256(f"{container}:{pk}:".encode()).hexdigest()


def _whole_lens(made: Stamp, dataset: ArrayDataset) -> None:
    Lens.objects.create(
        **made,
        kind=LensKind.ARRAY.value,
        label=dataset.name,
        array_dataset=dataset,
        selection=whole_selection("array_dataset", dataset.pk),
        is_whole=True,
        shape=dataset.shape,
        axis_names=dataset.axis_names,
        spec=dataset.spec,
        descriptors=dataset.descriptors,
        coordinate_system_id=dataset.intrinsic_system_id,
    )


def anchors_write(
    made: Stamp, anchors: Sequence[Mapping[str, Any]], *, axes: Sequence[str], **container: Any
) -> None:
    """Keep what is known at coordinates, as it was said."""
    for one in anchors:
        pins = {pin["axis"]: pin["value"] for pin in one["axisAnchors"]}
        wrong = sorted(set(pins) - set(axes))
        if wrong:
            raise InvalidInput(f"There is no axis {wrong[0]!r} to anchor at.", field="anchors")
        window = one.get("acquisitionWindow")
        spokes = {key: value for key, value in one.items() if key != "axisAnchors" and value}
        if window:
            spokes["acquisitionWindow"] = {
                key: value.isoformat() for key, value in window.items() if value
            }
        CoordinateAnchor.objects.create(**made, coordinates=pins, spokes=spokes, **container)


def array_update(*, author: Author, dataset_id: object, changes: Mapping[str, Any]) -> int:
    """Rename or redescribe a dataset; what it holds is fixed."""
    authorize(author.principal, "imaging.write")
    dataset = rows.row_get(rows.arrays_visible_to(author.principal), dataset_id)
    if changes.get("name") is not None:
        dataset.name = checked_name(changes["name"])
    if changes.get("description") is not None:
        dataset.description = checked_text(changes["description"])
    dataset.save(update_fields=["name", "description"])
    return dataset.pk
