"""Where data came from: derivations from other data, and links to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from chassis.errors import InvalidInput
from mikro_server.domain.kinds import FileLinkDirection
from mikro_server.models import Annotation, CoordinateSystem, File, FileLink
from mikro_server.operations.author import Author, Stamp
from mikro_server.operations.coordinate import edge_write
from mikro_server.selectors import rows

#: Kind of a source: the one field that is read, who may be seen, and the system it stands for.
_SOURCES: dict[str, tuple[str, Any, str]] = {
    "LENS": ("lens", rows.lenses_visible_to, "coordinate_system"),
    "DATASET": ("dataset", rows.arrays_visible_to, "intrinsic_system"),
    "TABLE_DATASET": ("tableDataset", rows.tables_visible_to, "coordinate_system"),
    "MESH_COLLECTION": ("meshCollection", rows.meshes_visible_to, "coordinate_system"),
    "ANNOTATION_COLLECTION": (
        "annotationCollection",
        rows.collections_visible_to,
        "coordinate_system",
    ),
    "ANNOTATION": ("annotation", rows.annotations_visible_to, ""),
    "COORDINATE_SYSTEM": ("coordinateSystem", rows.systems_visible_to, ""),
}
_CONTAINERS: dict[str, tuple[str, Any, str]] = {
    "DATASET": ("dataset", rows.arrays_visible_to, "array_dataset"),
    "TABLE_DATASET": ("tableDataset", rows.tables_visible_to, "table_dataset"),
    "MESH_COLLECTION": ("meshCollection", rows.meshes_visible_to, "mesh_collection"),
    "ANNOTATION_COLLECTION": (
        "annotationCollection",
        rows.collections_visible_to,
        "annotation_collection",
    ),
}


def _named(given: Mapping[str, Any], table: Mapping[str, tuple[str, Any, str]]) -> Any:
    """Return the value of the one field the kind reads; any other field is refused."""
    wanted = table[given["kind"]][0]
    fields = {entry[0] for entry in table.values()}
    wrong = sorted(key for key in fields - {wanted} if given.get(key) is not None)
    if wrong or given.get(wanted) is None:
        raise InvalidInput(f"{given['kind']} reads the field {wanted}, and no other.", field=wanted)
    return given[wanted]


def derivations_write(
    made: Stamp, author: Author, system: CoordinateSystem, sources: Sequence[Mapping[str, Any]]
) -> None:
    """Write an edge from new data into each thing it was computed from, in their order."""
    for one in sources:
        _, visible, relation = _SOURCES[one["kind"]]
        row: Model = rows.row_get(visible(author.principal), _named(one, _SOURCES))
        annotation = row if isinstance(row, Annotation) else None
        origin: Any = row if relation == "" else getattr(row, relation)
        if annotation is not None:
            origin = annotation.collection.coordinate_system
        if origin is None:
            raise InvalidInput("This lens has no space to derive from.", field="derivedFrom")
        edge_write(
            made,
            system.pk,
            origin.pk,
            one.get("transform") or {"kind": "UNMAPPABLE"},
            author=author,
            value_relation=one.get("valueRelation"),
            is_derivation=True,
            annotation=annotation,
        )


def sources_write(
    made: Stamp, author: Author, container: Model, column: str, files: Sequence[Mapping[str, Any]]
) -> None:
    """Link new data to the files it was read out of."""
    for one in files:
        FileLink.objects.create(
            **made,
            file=rows.row_get(rows.files_visible_to(author.principal), one["file"]),
            direction=FileLinkDirection.SOURCE.value,
            series_identifier=one.get("seriesIdentifier"),
            value_relation=one.get("valueRelation"),
            **{column: container},
        )


def exports_write(
    made: Stamp, author: Author, file: File, containers: Sequence[Mapping[str, Any]]
) -> None:
    """Link a new file to the data it was written out of."""
    for one in containers:
        _, visible, column = _CONTAINERS[one["kind"]]
        FileLink.objects.create(
            **made,
            file=file,
            direction=FileLinkDirection.RENDITION.value,
            series_identifier=one.get("seriesIdentifier"),
            value_relation=one.get("valueRelation"),
            **{column: rows.row_get(visible(author.principal), _named(one, _CONTAINERS))},
        )
