"""Table datasets: made of a Parquet file whose columns are what was declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from chassis.errors import InvalidInput
from chassis.permissions import authorize
from mikro_server.domain import structure
from mikro_server.domain.kinds import AxisType, ColumnRole, LensKind, StoreKind
from mikro_server.domain.store_state import StoreState
from mikro_server.domain.text import checked_name, checked_text
from mikro_server.models import Column, Lens, NetworkCollection, Store, TableDataset
from mikro_server.operations.array import anchors_write, folder_named, whole_selection
from mikro_server.operations.author import Author, Stamp, in_thread, stamp
from mikro_server.operations.coordinate import AxisDraft, edge_write, system_write
from mikro_server.operations.lineage import derivations_write, sources_write
from mikro_server.operations.store import own_store, store_populate, stores_attach
from mikro_server.selectors import rows

_NESTED = "NESTED"
#: The space of a table without coordinates: its rows enumerate objects.
_OBJECTS = AxisDraft("object", AxisType.INDEX.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDraft:
    """A column as the caller declares it."""

    name: str
    dtype: str | None = None
    role: str | None = None
    axis_type: str | None = None
    unit: str | None = None
    long_name: str | None = None
    description: str | None = None
    identified_by: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDraft:
    """A table as the caller declares it; lists hold what the wire holds."""

    name: str
    data: object
    columns: Sequence[ColumnDraft]
    description: str | None = None
    folder: object | None = None
    derived_from: Sequence[Mapping[str, Any]] = ()
    source_files: Sequence[Mapping[str, Any]] = ()
    anchors: Sequence[Mapping[str, Any]] = field(default=())


async def table_create(*, author: Author, draft: TableDraft) -> int:
    """Make a table of an uploaded file; the client never confirms the upload, so this does."""
    store = await in_thread(own_store, author, StoreKind.PARQUET, draft.data)
    if store.state == StoreState.REQUESTED:
        await store_populate(store)
    return await in_thread(_create, author=author, draft=draft)


@transaction.atomic
def _create(*, author: Author, draft: TableDraft) -> int:
    made = stamp(author)
    name = checked_name(draft.name)
    [store] = stores_attach(author=author, kind=StoreKind.PARQUET, store_ids=[draft.data])
    columns = _checked_columns(draft.columns, store)
    axes = [
        AxisDraft(one.name, one.axis_type, one.unit, one.long_name, one.description)
        for one in columns
        if one.axis_type is not None
    ] or [_OBJECTS]
    system = system_write(made, name=name, axes=axes)
    table = TableDataset.objects.create(
        **made,
        name=name,
        description=checked_text(draft.description),
        folder=folder_named(author, draft.folder),
        store=store,
        coordinate_system=system,
        axis_names=[axis.name for axis in axes],
    )
    written = _columns_write(made, author, table, columns)
    table.spec = structure.table_spec(facts_of(written))
    table.save(update_fields=["spec"])
    Lens.objects.create(
        **made,
        kind=LensKind.TABLE.value,
        label=name,
        table_dataset=table,
        selection=whole_selection("table_dataset", table.pk),
        is_whole=True,
        axis_names=table.axis_names,
        spec=table.spec,
        coordinate_system=system,
    )
    anchors_write(made, draft.anchors, table=table, axes=table.axis_names)
    derivations_write(made, author, system, draft.derived_from)
    sources_write(made, author, table, "table_dataset", draft.source_files)
    return table.pk


def facts_of(columns: Sequence[Column]) -> list[structure.ColumnFacts]:
    """Return what decides the spec of a table."""
    return [
        structure.ColumnFacts(
            ColumnRole(one.role),
            None if one.axis_type is None else AxisType(one.axis_type),
            one.dtype,
            one.references_id is not None,
        )
        for one in columns
    ]


def _checked_columns(declared: Sequence[ColumnDraft], store: Store) -> list[ColumnDraft]:
    """Hold the declaration against the file: same names, same order, same types."""
    found = [(one["name"], one["dtype"]) for one in store.metadata["columns"]]
    if not declared:
        return [ColumnDraft(name=name, dtype=dtype) for name, dtype in found]
    names = [one.name for one in declared]
    if names != [name for name, _ in found]:
        raise InvalidInput(
            f"The file has the columns {[name for name, _ in found]}, declared were {names}.",
            field="columns",
        )
    checked = []
    for one, (name, dtype) in zip(declared, found, strict=True):
        said = None if one.dtype is None else one.dtype.upper().replace(", ", ",")
        if said is not None and dtype not in (_NESTED, said):
            raise InvalidInput(
                f"The column {name!r} is {dtype} in the file, declared was {one.dtype}.",
                field="columns",
            )
        checked.append(one if one.dtype is not None else _typed(one, dtype))
    return checked


def _typed(column: ColumnDraft, dtype: str) -> ColumnDraft:
    values = {name: getattr(column, name) for name in ColumnDraft.__slots__}
    return ColumnDraft(**{**values, "dtype": dtype})


def _columns_write(
    made: Stamp, author: Author, table: TableDataset, drafts: Sequence[ColumnDraft]
) -> list[Column]:
    columns = []
    for order, one in enumerate(drafts):
        axial = one.axis_type is not None
        column = Column(
            table=table,
            order=order,
            name=one.name,
            dtype=one.dtype or "",
            role=one.role or (ColumnRole.COORDINATE if axial else ColumnRole.ATTRIBUTE).value,
            axis_type=one.axis_type,
            unit=checked_text(one.unit, "unit"),
            long_name=checked_text(one.long_name, "longName"),
            description=checked_text(one.description),
        )
        for claim in one.identified_by:
            _identify(made, author, table, column, claim)
        columns.append(column)
    return Column.objects.bulk_create(columns)


def _identify(
    made: Stamp, author: Author, table: TableDataset, column: Column, claim: Mapping[str, Any]
) -> None:
    """Write what the values of a column are: a key into a table, or ids in a mask."""
    who, kind = author.principal, claim["kind"]
    if kind == "TABLE":
        target = rows.row_get(rows.tables_visible_to(who), claim.get("table"))
        if target.columns.filter(axis_type=AxisType.INDEX.value).count() != 1:
            raise InvalidInput(
                "A table is referred to by its one INDEX coordinate.", field="identifiedBy"
            )
        column.references = target
        return
    if kind == "NETWORK_COLLECTION_NODES":
        network: NetworkCollection = rows.row_get(
            rows.networks_visible_to(who), claim.get("networkCollection")
        )
        column.node_references = network
        return
    if column.axis_type != AxisType.INDEX.value:
        raise InvalidInput("Only an INDEX axis is identified by data.", field="identifiedBy")
    key, visible, relation = {
        "DATASET": ("dataset", rows.arrays_visible_to, "intrinsic_system"),
        "MESH_COLLECTION": ("meshCollection", rows.meshes_visible_to, "coordinate_system"),
        "NETWORK_COLLECTION": ("networkCollection", rows.networks_visible_to, "coordinate_system"),
    }[kind]
    source: Any = rows.row_get(visible(who), claim.get(key))
    system = getattr(source, relation)
    field_part = {
        "kind": "FIELD",
        "inputAxes": [axis.name for axis in system.axes.all()],
        "outputAxes": [column.name],
        "field": {"system": system.pk},
    }
    edge_write(
        made,
        system.pk,
        table.coordinate_system_id,
        {"kind": "BY_DIMENSION", "parts": [field_part]},
        author=author,
        name=claim.get("name") or f"{source} -> {table.name}",
        validity=claim.get("validity"),
    )


def table_update(*, author: Author, table_id: object, changes: Mapping[str, Any]) -> int:
    """Rename or redescribe a table; what it holds is fixed."""
    authorize(author.principal, "imaging.write")
    table = rows.row_get(rows.tables_visible_to(author.principal), table_id)
    if changes.get("name") is not None:
        table.name = checked_name(changes["name"])
    if changes.get("description") is not None:
        table.description = checked_text(changes["description"])
    table.save(update_fields=["name", "description"])
    return table.pk
