"""Array datasets: types, filter, order, inputs and root fields."""

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
from mikro_server.domain.kinds import ArrayDatasetSpec, AxisType, ScaleMethod
from mikro_server.graphql.coordinate import CoordinateSystem
from mikro_server.graphql.fields import (
    DescribedFilter,
    author_of,
    given,
    plain,
)
from mikro_server.graphql.identity import Task, User
from mikro_server.graphql.inputs import AxisInput, DerivedFromInput, SourceFileInput, option
from mikro_server.graphql.microscope import CoordinateAnchorInput
from mikro_server.graphql.scalars import AnyValue, ArrayLike
from mikro_server.graphql.store import ZarrStore
from mikro_server.graphql.transformation import Transformation
from mikro_server.operations import array as operations
from mikro_server.operations import trash
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows, subqueries
from mikro_server.selectors.scope import pks_of

if TYPE_CHECKING:
    from mikro_server.graphql.folder import Folder
    from mikro_server.graphql.lens import ArrayLens

LazyFolder = Annotated["Folder", strawberry.lazy("mikro_server.graphql.folder")]


LazyArrayLens = Annotated["ArrayLens", strawberry.lazy("mikro_server.graphql.lens")]


@strawberry_django.filter_type(models.ArrayDataset, description="Narrows a list of arrays.")
class ArrayDatasetFilter(DescribedFilter):
    """Every condition that is given must hold."""

    description: StrFilterLookup | None = strawberry_django.filter_field(
        description="By description."
    )

    @strawberry_django.filter_field(description="By what they structurally are; all must hold.")
    def spec(self, value: list[ArrayDatasetSpec], prefix: str) -> Q:
        """Compare the spec."""
        return Q(**{f"{prefix}spec__contains": [one.value for one in value]})

    @strawberry_django.filter_field(description="With an axis of each of these types.")
    def has_axis_types(self, value: list[AxisType], prefix: str) -> Q:
        """Look for the axes."""
        return subqueries.spaces_with(value, f"{prefix}intrinsic_system")

    @strawberry_django.filter_field(description="Whether they have several resolutions.")
    def multiscale(self, value: bool, prefix: str) -> Q:
        """Count the levels."""
        return Q(**{f"{prefix}levels__gt": 1}) if value else Q(**{f"{prefix}levels": 1})

    @strawberry_django.filter_field(description="Whether they were computed from nothing here.")
    def not_derived(self, value: bool, prefix: str) -> Q:
        """Look for derivations."""
        derived = subqueries.derived(f"{prefix}intrinsic_system")
        return ~derived if value else derived

    @strawberry_django.filter_field(description="Computed from this array dataset.")
    def derived_from(self, value: strawberry.ID, prefix: str) -> Q:
        """Follow the derivations."""
        source = Q(output__array_dataset__in=pks_of([value])) | Q(
            output__lenses__array_dataset__in=pks_of([value])
        )
        return subqueries.derived(f"{prefix}intrinsic_system", source)

    @strawberry_django.filter_field(description="Read out of this file.")
    def source_file(self, value: strawberry.ID, prefix: str) -> Q:
        """Follow the links."""
        files = pks_of([value])
        return subqueries.linked("array_dataset", f"{prefix}pk", direction="SOURCE", file__in=files)

    @strawberry_django.filter_field(description="Whether they were read out of a file.")
    def has_source_file(self, value: bool, prefix: str) -> Q:
        """Look for links."""
        linked = subqueries.linked("array_dataset", f"{prefix}pk", direction="SOURCE")
        return linked if value else ~linked

    @strawberry_django.filter_field(description="Acquired after that moment.")
    def acquired_after(self, value: datetime, prefix: str) -> Q:
        """Compare the end."""
        return Q(**{f"{prefix}acquisition_end__gt": value})

    @strawberry_django.filter_field(description="Acquired before that moment.")
    def acquired_before(self, value: datetime, prefix: str) -> Q:
        """Compare the start."""
        return Q(**{f"{prefix}acquisition_start__lt": value})


@strawberry_django.order_type(models.ArrayDataset, description="Orders a list of arrays.")
class ArrayDatasetOrder:
    """By name or time."""

    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    acquisition_start: strawberry.auto = strawberry_django.order_field(
        description="By the time of acquisition."
    )
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.type(models.CoordinateAnchor, description="What is known at coordinates.")
class CoordinateAnchor:
    """It holds all along the axes it does not name."""

    id: strawberry.ID = strawberry_django.field(description="The id of the anchor.")
    coordinates: AnyValue = strawberry_django.field(description="Where it holds.")
    spokes: AnyValue = strawberry_django.field(description="What is known, as it was said.")


@strawberry_django.type(models.DataArray, description="One resolution of a dataset.")
class DataArray:
    """Level 0 is the finest."""

    id: strawberry.ID = strawberry_django.field(description="The id of the level.")
    level: int = strawberry_django.field(description="Its number.")
    shape: list[int] = strawberry_django.field(description="Its shape.")
    chunk_shape: list[int] = strawberry_django.field(description="Its unit of reading.")
    scale_factors: list[float] = strawberry_django.field(
        description="How much of level 0 one position stands for, along each axis."
    )
    store: ZarrStore = strawberry_django.field(description="Where its data is.")

    @strawberry_django.field(only=["scale_method"], description="How it was computed.")
    def scale_method(self: models.DataArray) -> ScaleMethod | None:
        """Return the method."""
        return None if self.scale_method is None else ScaleMethod(self.scale_method)


@strawberry_django.type(models.ArrayDataset, description="An array with named axes.")
class ArrayDataset:
    """In one or more resolutions."""

    id: strawberry.ID = strawberry_django.field(description="The id of the dataset.")
    name: str = strawberry_django.field(description="The name.")
    description: str | None = strawberry_django.field(description="What it is.")
    axis_names: list[str] = strawberry_django.field(description="The names of its axes.")
    shape: list[int] = strawberry_django.field(description="The shape of its finest level.")
    acquisition_start: datetime | None = strawberry_django.field(
        description="When the first of it was acquired."
    )
    acquisition_end: datetime | None = strawberry_django.field(
        description="When the last of it was acquired."
    )
    intrinsic_system: CoordinateSystem | None = strawberry_django.field(
        description="The space of its pixels."
    )
    data_arrays: list[DataArray] = strawberry_django.field(description="Its resolutions.")
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
        cls, queryset: QuerySet[models.ArrayDataset], info: Info
    ) -> QuerySet[models.ArrayDataset]:
        """Leave out what is in the trash, wherever datasets are listed."""
        return queryset.filter(trashed_at=None, organization_id=principal_of(info).organization)

    @strawberry_django.field(only=["levels"], description="Whether it has several resolutions.")
    def multiscale(self: models.ArrayDataset) -> bool:
        """Count the levels."""
        return self.levels > 1

    @strawberry_django.field(only=["spec"], description="What it structurally is.")
    def spec(self: models.ArrayDataset) -> list[ArrayDatasetSpec]:
        """Return the spec."""
        return [ArrayDatasetSpec(one) for one in self.spec]

    @strawberry_django.field(
        only=["pk"],
        prefetch_related=["lenses"],
        description="The selections over it, the whole one first.",
    )
    def lenses(self: models.ArrayDataset, sliced: bool | None = None) -> list[LazyArrayLens]:
        """Return the lenses."""
        found = sorted(self.lenses.all(), key=lambda lens: lens.pk)
        return as_declared(
            [lens for lens in found if sliced is None or lens.is_whole is not sliced]
        )

    @strawberry_django.field(
        only=["pk"], prefetch_related=["lenses"], description="The lens that selects all of it."
    )
    def full_lens(self: models.ArrayDataset) -> LazyArrayLens | None:
        """Return the whole lens."""
        whole = (lens for lens in self.lenses.all() if lens.is_whole)
        return as_declared(next(whole, None))

    @strawberry_django.field(
        only=["intrinsic_system"], description="The edges into what it was computed from."
    )
    def derived_from(self: models.ArrayDataset) -> list[Transformation]:
        """Return the derivations."""
        edges = models.CoordinateSystem(pk=self.intrinsic_system_id).outgoing
        return as_declared(edges.filter(is_derivation=True).order_by("pk"))


@strawberry.input(description="One coarser level.")
class ScaleInput:
    """Its factors follow from its shape."""

    level: int = strawberry.field(description="Its number, from 1.")
    array: ArrayLike = strawberry.field(description="The store of its data.")
    scale_method: ScaleMethod | None = option("How it was computed.")


@strawberry.input(description="A new array dataset.")
class CreateArrayDatasetInput:
    """Its stores are finished uploads."""

    data: ArrayLike = strawberry.field(description="The store of the finest level.")
    scales: list[ScaleInput] = strawberry.field(description="The coarser levels.")
    name: str = strawberry.field(description="The name.")
    axes: list[AxisInput] = strawberry.field(description="The axes, in the order of the data.")
    folder: strawberry.ID | None = option("The folder it is filed in.")
    anchors: Any = strawberry.field(
        graphql_type=list[CoordinateAnchorInput] | None,
        default=None,
        description="What is known at its coordinates.",
    )
    derived_from: list[DerivedFromInput] | None = option("What it was computed from.")
    source_files: list[SourceFileInput] | None = option("The files it was read out of.")


@strawberry.input(description="Changes of an array dataset.")
class UpdateArrayDatasetInput:
    """What it holds is fixed."""

    id: strawberry.ID = strawberry.field(description="The dataset.")
    name: str | None = strawberry.field(default=UNSET, description="The new name.")
    description: str | None = strawberry.field(default=UNSET, description="The new description.")


@strawberry.input(description="The array dataset to remove.")
class DeleteArrayDatasetInput:
    """It goes to the trash, and its data with it."""

    id: strawberry.ID = strawberry.field(description="The dataset.")


@strawberry.type
class Query:
    """Root fields of array datasets."""

    array_datasets: list[ArrayDataset] = visible_rows(
        rows.arrays_visible_to,
        filters=ArrayDatasetFilter,
        ordering=ArrayDatasetOrder,
        description="The array datasets of the organization.",
    )

    @one_row(ArrayDataset, "One array dataset.")
    def array_dataset(self, info: Info, id: strawberry.ID) -> QuerySet[models.ArrayDataset]:
        """Return the dataset."""
        return rows.row_with(rows.arrays_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Mutations of array datasets."""

    @one_row(ArrayDataset, "Make an array dataset of finished uploads.")
    async def create_array_dataset(self, info: Info, input: CreateArrayDatasetInput) -> Any:
        """Make it."""
        author = await author_of(info)
        draft = operations.ArrayDraft(
            name=input.name,
            data=input.data,
            axes=[axis.draft() for axis in input.axes],
            scales=[
                operations.LevelDraft(one.level, one.array, plain(one.scale_method))
                for one in input.scales
            ],
            folder=input.folder,
            anchors=plain(input.anchors or []),
            derived_from=plain(input.derived_from or []),
            source_files=plain(input.source_files or []),
        )
        pk = await in_thread(operations.array_create, author=author, draft=draft)
        return rows.row_with(rows.arrays_visible_to(author.principal), pk)

    @one_row(ArrayDataset, "Rename or redescribe an array dataset.")
    async def update_array_dataset(self, info: Info, input: UpdateArrayDatasetInput) -> Any:
        """Change it."""
        author = await author_of(info)
        changes = given(input, "name", "description")
        pk = await in_thread(
            operations.array_update, author=author, dataset_id=input.id, changes=changes
        )
        return rows.row_with(rows.arrays_visible_to(author.principal), pk)

    @strawberry.field(description="Put an array dataset in the trash.")
    async def delete_array_dataset(
        self, info: Info, input: DeleteArrayDatasetInput
    ) -> strawberry.ID:
        """Throw it away."""
        author = await author_of(info)
        await in_thread(trash.thing_trash, author=author, kind="arraydataset", identifier=input.id)
        return input.id
