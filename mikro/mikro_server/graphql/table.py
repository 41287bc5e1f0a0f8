"""Table datasets: types, filter, order, inputs and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.types.unset import UNSET
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared, one_row, visible_rows
from mikro_server import models
from mikro_server.domain.kinds import (
    AxisType,
    ColumnRole,
    IdentificationKind,
    PlacementValidity,
    TableDatasetSpec,
)
from mikro_server.graphql.array import CoordinateAnchor
from mikro_server.graphql.coordinate import CoordinateSystem
from mikro_server.graphql.fields import (
    DescribedFilter,
    author_of,
    given,
    plain,
)
from mikro_server.graphql.identity import Task, User
from mikro_server.graphql.inputs import DerivedFromInput, SourceFileInput, option
from mikro_server.graphql.microscope import CoordinateAnchorInput
from mikro_server.graphql.scalars import AnyValue, ParquetLike, Unit
from mikro_server.graphql.shape import NetworkCollection
from mikro_server.graphql.store import ParquetStore
from mikro_server.graphql.transformation import Transformation
from mikro_server.operations import table as operations
from mikro_server.operations import trash
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows, subqueries
from mikro_server.selectors.scope import pks_of

if TYPE_CHECKING:
    from mikro_server.graphql.folder import Folder
    from mikro_server.graphql.lens import TableLens

LazyFolder = Annotated["Folder", strawberry.lazy("mikro_server.graphql.folder")]


LazyTableLens = Annotated["TableLens", strawberry.lazy("mikro_server.graphql.lens")]


@strawberry_django.filter_type(models.TableDataset, description="Narrows a list of tables.")
class TableDatasetFilter(DescribedFilter):
    """Every condition that is given must hold."""

    description: StrFilterLookup | None = strawberry_django.filter_field(
        description="By description."
    )

    @strawberry_django.filter_field(description="By what they structurally are; all must hold.")
    def spec(self, value: list[TableDatasetSpec], prefix: str) -> Q:
        """Compare the spec."""
        return Q(**{f"{prefix}spec__contains": [one.value for one in value]})

    @strawberry_django.filter_field(description="With a column of this role.")
    def has_column_role(self, value: ColumnRole, prefix: str) -> Q:
        """Look for the column."""
        return subqueries.with_column(f"{prefix}pk", role=value.value)

    @strawberry_django.filter_field(description="Computed from this array dataset.")
    def dataset(self, value: strawberry.ID, prefix: str) -> Q:
        """Follow the derivations."""
        source = Q(output__array_dataset__in=pks_of([value]))
        return subqueries.derived(f"{prefix}coordinate_system", source)

    @strawberry_django.filter_field(description="Whether they were read out of a file.")
    def has_source_file(self, value: bool, prefix: str) -> Q:
        """Look for links."""
        linked = subqueries.linked("table_dataset", f"{prefix}pk", direction="SOURCE")
        return linked if value else ~linked


@strawberry_django.order_type(models.TableDataset, description="Orders a list of tables.")
class TableDatasetOrder:
    """By name or time."""

    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.type(models.Column, description="One column of a table.")
class Column:
    """As declared, and as the file has it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the column.")
    order: int = strawberry_django.field(description="Its place, from 0.")
    name: str = strawberry_django.field(description="The name in the file.")
    dtype: str = strawberry_django.field(description="The type, as DuckDB calls it.")
    unit: str | None = strawberry_django.field(description="The unit of its values.")
    long_name: str | None = strawberry_django.field(description="The name for people.")
    description: str | None = strawberry_django.field(description="What it is.")
    table: TableDataset = strawberry_django.field(description="The table it belongs to.")
    references: TableDataset | None = strawberry_django.field(
        description="The table whose rows its values are."
    )
    node_references: NetworkCollection | None = strawberry_django.field(
        description="The network collection whose nodes its values are."
    )

    @strawberry_django.field(only=["role"], description="What its values are for.")
    def role(self: models.Column) -> ColumnRole:
        """Return the role."""
        return ColumnRole(self.role)

    @strawberry_django.field(only=["axis_type"], description="What its positions are, if any.")
    def axis_type(self: models.Column) -> AxisType | None:
        """Return the type of the axis it is."""
        return None if self.axis_type is None else AxisType(self.axis_type)


@strawberry_django.type(models.TableDataset, description="A table in one Parquet file.")
class TableDataset:
    """With a space of its own."""

    id: strawberry.ID = strawberry_django.field(description="The id of the table.")
    name: str = strawberry_django.field(description="The name.")
    description: str | None = strawberry_django.field(description="What it is.")
    store: ParquetStore = strawberry_django.field(description="Where its data is.")
    columns: list[Column] = strawberry_django.field(description="Its columns, in order.")
    coordinate_system: CoordinateSystem = strawberry_django.field(
        description="The space of its coordinates."
    )
    axis_names: list[str] = strawberry_django.field(description="The names of its axes.")
    folder: LazyFolder | None = strawberry_django.field(description="The folder it is filed in.")
    anchors: list[CoordinateAnchor] = strawberry_django.field(
        pagination=True, description="What is known at its coordinates."
    )
    descriptors: strawberry.scalars.JSON = strawberry_django.field(description="Its descriptors.")
    creator: User | None = strawberry_django.field(description="Who made it.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    created_through: Task | None = strawberry_django.field(description="The task that made it.")

    @classmethod
    def get_queryset(
        cls, queryset: QuerySet[models.TableDataset], info: Info
    ) -> QuerySet[models.TableDataset]:
        """Leave out what is in the trash, wherever tables are listed."""
        return queryset.filter(trashed_at=None, organization_id=principal_of(info).organization)

    @strawberry_django.field(only=["spec"], description="What it structurally is.")
    def spec(self: models.TableDataset) -> list[TableDatasetSpec]:
        """Return the spec."""
        return [TableDatasetSpec(one) for one in self.spec]

    @strawberry_django.field(
        only=["pk"], prefetch_related=["lenses"], description="The lens that selects all of it."
    )
    def full_lens(self: models.TableDataset) -> LazyTableLens | None:
        """Return the whole lens."""
        whole = (lens for lens in self.lenses.all() if lens.is_whole)
        return as_declared(next(whole, None))

    @strawberry_django.field(
        only=["coordinate_system"], description="The edges into what it was computed from."
    )
    def derived_from(self: models.TableDataset) -> list[Transformation]:
        """Return the derivations."""
        edges = models.CoordinateSystem(pk=self.coordinate_system_id).outgoing
        return as_declared(edges.filter(is_derivation=True).order_by("pk"))

    @strawberry_django.field(
        select_related=["created_through", "client"], description="What made it, in short."
    )
    def provenance_metadata(self: models.TableDataset) -> AnyValue:
        """Return the app and the task."""
        task, client = self.created_through, self.client
        return AnyValue(
            {
                "app": client.name if client else None,
                "version": client.version if client else None,
                "task": task.task_id if task else None,
            }
        )


@strawberry.input(description="What identifies the values of a column; `kind` says which id.")
class IdentificationInput:
    """A table by a key, or ids in data by an edge."""

    kind: IdentificationKind = strawberry.field(description="What identifies them.")
    dataset: strawberry.ID | None = option("DATASET: the label mask.")
    mesh_collection: strawberry.ID | None = option("MESH_COLLECTION: the meshes.")
    network_collection: strawberry.ID | None = option("NETWORK_COLLECTION: the networks.")
    table: strawberry.ID | None = option("TABLE: the table.")
    name: str | None = option("The name of the edge.")
    validity: PlacementValidity | None = option("How far the edge may be trusted.")


@strawberry.input(description="One column, as it is in the file.")
class ColumnInput:
    """Held against the file: same names, same order, same types."""

    name: str = strawberry.field(description="The name in the file.")
    dtype: str | None = option("The type, as DuckDB calls it.")
    role: ColumnRole | None = option("What its values are for.")
    axis_type: AxisType | None = option("Makes it an axis of the table's space.")
    unit: Unit | None = option("The unit of its values.")
    long_name: str | None = option("The name for people.")
    description: str | None = option("What it is.")
    identified_by: list[IdentificationInput] = strawberry.field(
        default_factory=list, description="What its values are."
    )

    def draft(self) -> operations.ColumnDraft:
        """Return what the operation takes."""
        return operations.ColumnDraft(
            name=self.name,
            dtype=self.dtype,
            role=plain(self.role),
            axis_type=plain(self.axis_type),
            unit=self.unit,
            long_name=self.long_name,
            description=self.description,
            identified_by=plain(self.identified_by),
        )


@strawberry.input(description="A new table.")
class CreateTableDatasetInput:
    """Its upload is confirmed by this."""

    name: str = strawberry.field(description="The name.")
    data: ParquetLike = strawberry.field(description="The store of the upload.")
    columns: list[ColumnInput] = strawberry.field(
        default_factory=list, description="Every column of the file, in order."
    )
    description: str | None = option("What it is.")
    folder: strawberry.ID | None = option("The folder it is filed in.")
    derived_from: list[DerivedFromInput] | None = option("What it was computed from.")
    source_files: list[SourceFileInput] | None = option("The files it was read out of.")
    anchors: Any = strawberry.field(
        graphql_type=list[CoordinateAnchorInput] | None,
        default=None,
        description="What is known at its coordinates.",
    )


@strawberry.input(description="Changes of a table.")
class UpdateTableDatasetInput:
    """What it holds is fixed."""

    id: strawberry.ID = strawberry.field(description="The table.")
    name: str | None = strawberry.field(default=UNSET, description="The new name.")
    description: str | None = strawberry.field(default=UNSET, description="The new description.")


@strawberry.input(description="The table to remove.")
class DeleteTableDatasetInput:
    """It goes to the trash, and its data with it."""

    id: strawberry.ID = strawberry.field(description="The table.")


@strawberry.type
class Query:
    """Root fields of tables."""

    table_datasets: list[TableDataset] = visible_rows(
        rows.tables_visible_to,
        filters=TableDatasetFilter,
        ordering=TableDatasetOrder,
        description="The tables of the organization.",
    )

    @one_row(TableDataset, "One table.")
    def table_dataset(self, info: Info, id: strawberry.ID) -> QuerySet[models.TableDataset]:
        """Return the table."""
        return rows.row_with(rows.tables_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Mutations of tables."""

    @one_row(TableDataset, "Make a table of an uploaded Parquet file.")
    async def create_table_dataset(self, info: Info, input: CreateTableDatasetInput) -> Any:
        """Make it."""
        author = await author_of(info)
        draft = operations.TableDraft(
            name=input.name,
            data=input.data,
            columns=[column.draft() for column in input.columns],
            description=input.description,
            folder=input.folder,
            derived_from=plain(input.derived_from or []),
            source_files=plain(input.source_files or []),
            anchors=plain(input.anchors or []),
        )
        pk = await operations.table_create(author=author, draft=draft)
        return rows.row_with(rows.tables_visible_to(author.principal), pk)

    @one_row(TableDataset, "Rename or redescribe a table.")
    async def update_table_dataset(self, info: Info, input: UpdateTableDatasetInput) -> Any:
        """Change it."""
        author = await author_of(info)
        changes = given(input, "name", "description")
        pk = await in_thread(
            operations.table_update, author=author, table_id=input.id, changes=changes
        )
        return rows.row_with(rows.tables_visible_to(author.principal), pk)

    @strawberry.field(description="Put a table in the trash.")
    async def delete_table_dataset(
        self, info: Info, input: DeleteTableDatasetInput
    ) -> strawberry.ID:
        """Throw it away."""
        author = await author_of(info)
        await in_thread(trash.thing_trash, author=author, kind="tabledataset", identifier=input.id)
        return input.id
