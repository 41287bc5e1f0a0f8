"""Coordinate systems and the edges between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from chassis.errors import Conflict, InvalidInput
from chassis.permissions import authorize
from mikro_server.domain import transforms
from mikro_server.domain.kinds import PlacementValidity, TransformKind
from mikro_server.domain.text import checked_name, checked_text
from mikro_server.models import Annotation, Axis, CoordinateSystem, Transformation
from mikro_server.operations.author import Author, Stamp, stamp
from mikro_server.selectors import rows
from mikro_server.selectors.graph import axis_names
from mikro_server.selectors.scope import only_one

MOST_AXES = 32


@dataclass(frozen=True, slots=True)
class AxisDraft:
    """An axis as somebody declares it."""

    name: str
    type: str
    unit: str | None = None
    long_name: str | None = None
    description: str | None = None


def system_write(
    made: Stamp, *, name: str, axes: Sequence[AxisDraft], **columns: Any
) -> CoordinateSystem:
    """Write a system and its axes. Runs inside a transaction."""
    names = [checked_name(axis.name, "axes") for axis in axes]
    if not names or len(names) > MOST_AXES:
        raise InvalidInput(f"A space has 1 to {MOST_AXES} axes.", field="axes")
    if len(set(names)) != len(names):
        raise InvalidInput("Two axes have the same name.", field="axes")
    system = CoordinateSystem.objects.create(**made, name=name, **columns)
    Axis.objects.bulk_create(
        Axis(
            system=system,
            order=order,
            name=names[order],
            type=axis.type,
            unit=checked_text(axis.unit, "unit"),
            long_name=checked_text(axis.long_name, "longName"),
            description=checked_text(axis.description),
        )
        for order, axis in enumerate(axes)
    )
    return system


@transaction.atomic
def system_create(
    *,
    author: Author,
    name: str,
    axes: Sequence[AxisDraft],
    epoch: datetime | None = None,
    reference: str | None = None,
    registrations: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Make a shared space, and place things in it."""
    made = stamp(author)
    system = system_write(
        made,
        name=checked_name(name),
        axes=axes,
        epoch=epoch,
        reference=checked_text(reference, "reference"),
        reference_app=author.principal.app if reference else None,
        is_shared=True,
    )
    for one in registrations:
        source = placed_system(author, one)
        edge_write(
            made,
            source.pk,
            system.pk,
            one.get("transform") or {"kind": "IDENTITY"},
            author=author,
            name=one.get("name"),
            validity=one.get("validity"),
        )
    return system.pk


def system_update(*, author: Author, system_id: object, changes: Mapping[str, Any]) -> int:
    """Change the name, the epoch or the reference of a system."""
    authorize(author.principal, "imaging.write")
    system = rows.row_get(rows.systems_visible_to(author.principal), system_id)
    if changes.get("name") is not None:
        system.name = checked_name(changes["name"])
    if changes.get("epoch") is not None:
        system.epoch = changes["epoch"]
    if changes.get("reference") is not None:
        system.reference = checked_text(changes["reference"], "reference")
        system.reference_app = author.principal.app
    system.save(update_fields=["name", "epoch", "reference", "reference_app"])
    return system.pk


@transaction.atomic
def system_delete(*, author: Author, system_id: object) -> int:
    """Remove a shared space nothing touches."""
    system = rows.row_get(rows.systems_visible_to(author.principal), system_id)
    authorize(author.principal, "imaging.delete", system)
    if not system.is_shared:
        raise Conflict("This space belongs to data and goes when the data goes.", field="id")
    touching = Transformation.objects.filter(Q(input=system) | Q(output=system))
    if touching.exists() or system.scenes.exists():
        raise Conflict("The space is in use: edges or scenes touch it.", field="id")
    pk = system.pk
    system.delete()
    return pk


@transaction.atomic
def system_clear(*, author: Author, system_id: object) -> list[int]:
    """Remove every placement into a shared space; only its creator or an admin may."""
    system = rows.row_get(rows.systems_visible_to(author.principal), system_id)
    authorize(author.principal, "imaging.delete", system)
    if not system.is_shared:
        raise Conflict("Only a shared space has registrations.", field="id")
    return _edges_remove(system.incoming.exclude(kind=TransformKind.UNMAPPABLE.value), system.pk)


@transaction.atomic
def registration_delete(*, author: Author, source: Mapping[str, Any], world: object) -> list[int]:
    """Remove the placements of one thing in a shared space."""
    authorize(author.principal, "imaging.write")
    space = rows.row_get(rows.systems_visible_to(author.principal), world)
    system = placed_system(author, source)
    edges = space.incoming.filter(input=system).exclude(kind=TransformKind.UNMAPPABLE.value)
    for edge in edges:
        authorize(author.principal, "imaging.delete", edge)
    return _edges_remove(edges, space.pk)


def _edges_remove(edges: Any, system_pk: int) -> list[int]:
    found = list(edges.order_by("pk").values_list("pk", flat=True))
    Transformation.objects.filter(pk__in=found).delete()
    _placements_changed(system_pk)
    return found


def _placements_changed(system_pk: int) -> None:
    CoordinateSystem.objects.filter(pk=system_pk).update(
        transform_version=F("transform_version") + 1
    )


def placed_system(author: Author, source: Mapping[str, Any]) -> CoordinateSystem:
    """Return the system of the one thing a caller names, in the field names of the wire."""
    who = author.principal
    known = {
        "dataset": (rows.arrays_visible_to, "intrinsic_system"),
        "tableDataset": (rows.tables_visible_to, "coordinate_system"),
        "meshCollection": (rows.meshes_visible_to, "coordinate_system"),
        "annotationCollection": (rows.collections_visible_to, "coordinate_system"),
        "coordinateSystem": (rows.systems_visible_to, None),
    }
    name, identifier = only_one(**{key: source.get(key) for key in known})
    visible, relation = known[name]
    row: Any = rows.row_get(visible(who), identifier)
    system: CoordinateSystem = row if relation is None else getattr(row, relation)
    return system


def edge_write(
    made: Stamp,
    input_id: int,
    output_id: int,
    given: Mapping[str, Any],
    *,
    author: Author,
    name: str | None = None,
    validity: str | None = None,
    value_relation: str | None = None,
    selector: Mapping[str, Any] | None = None,
    is_derivation: bool = False,
    annotation: Annotation | None = None,
) -> Transformation:
    """Check a stated map against both systems and write it. Runs inside a transaction."""
    if input_id == output_id:
        raise InvalidInput("An edge leads from one space into another.", field="output")
    names = axis_names([input_id, output_id])
    edge = transforms.check(given, names[input_id], names[output_id])
    for part in edge.params.get("parts", ()):
        if "field" in part:
            system = rows.row_get(
                rows.systems_visible_to(author.principal), part["field"]["system"]
            )
            part["field"]["system"] = system.pk
    if selector is not None and selector["axis"] not in names[input_id]:
        raise InvalidInput(f"There is no axis {selector['axis']!r}.", field="selector")
    return Transformation.objects.create(
        **made,
        input_id=input_id,
        output_id=output_id,
        kind=edge.kind.value,
        name=None if name is None else checked_name(name),
        validity=validity or PlacementValidity.MANUAL.value,
        value_relation=value_relation,
        input_axes=edge.input_axes,
        output_axes=edge.output_axes,
        params=edge.params,
        selector=None if selector is None else dict(selector),
        is_derivation=is_derivation,
        annotation=annotation,
    )


@transaction.atomic
def edge_create(
    *,
    author: Author,
    input_id: object,
    output_id: object,
    transform: Mapping[str, Any],
    **options: Any,
) -> int:
    """State how one space maps into another."""
    made = stamp(author)
    systems = rows.systems_visible_to(author.principal)
    start, end = rows.row_get(systems, input_id), rows.row_get(systems, output_id)
    edge = edge_write(made, start.pk, end.pk, transform, author=author, **options)
    _placements_changed(end.pk)
    return edge.pk


@transaction.atomic
def edge_update(*, author: Author, edge_id: object, changes: Mapping[str, Any]) -> int:
    """Refine the numbers of an edge; its kind and its ends stay."""
    authorize(author.principal, "imaging.write")
    edges = rows.transformations_visible_to(author.principal).select_for_update()
    edge = rows.row_get(edges, edge_id)
    if changes.get("name") is not None:
        edge.name = checked_name(changes["name"])
    if changes.get("validity") is not None:
        edge.validity = changes["validity"]
    numbers = {
        key: changes[key]
        for key in ("scale", "translation", "affine")
        if changes.get(key) is not None
    }
    if numbers:
        _refine(edge, numbers, changes.get("part"))
        edge.version += 1
        _placements_changed(edge.output_id)
    edge.save(update_fields=["name", "validity", "params", "version"])
    return edge.pk


def _refine(edge: Transformation, numbers: dict[str, Any], part: int | None) -> None:
    names = axis_names([edge.input_id, edge.output_id])
    kind, target = edge.kind, edge.params
    inputs, outputs = len(names[edge.input_id]), len(names[edge.output_id])
    if kind == TransformKind.BY_DIMENSION.value:
        parts = edge.params["parts"]
        if part is None or not 0 <= part < len(parts):
            raise InvalidInput("Name the part that is refined.", field="part")
        target = parts[part]
        kind = target["kind"]
        inputs, outputs = len(target["inputAxes"]), len(target["outputAxes"])
    wanted = {"SCALE": "scale", "TRANSLATION": "translation"}.get(kind, "affine")
    if kind not in {"SCALE", "TRANSLATION", "AFFINE", "ROTATION"} or set(numbers) != {wanted}:
        raise InvalidInput(f"A {kind} has no such numbers to refine.", field="transform")
    target.update(transforms.numbers(kind, numbers, inputs, outputs))


@transaction.atomic
def edge_delete(*, author: Author, edge_id: object) -> int:
    """Remove an edge."""
    edge = rows.row_get(rows.transformations_visible_to(author.principal), edge_id)
    authorize(author.principal, "imaging.delete", edge)
    if edge.kind == TransformKind.SEQUENCE.value:
        raise Conflict("This edge says where a selection lies and goes with it.", field="id")
    pk = edge.pk
    edge.delete()
    _placements_changed(edge.output_id)
    return pk
