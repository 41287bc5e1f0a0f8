"""Lenses: the interface, its seven kinds, filter, order, inputs and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.types.unset import UNSET

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import one_row, visible_rows
from mikro_server import models
from mikro_server.domain.kinds import (
    ArrayDatasetSpec,
    LensKind,
    SparseDatasetSpec,
    TableDatasetSpec,
)
from mikro_server.graphql.array import ArrayDataset
from mikro_server.graphql.coordinate import CoordinateSystem
from mikro_server.graphql.fields import (
    DescriptorConstraintInput,
    MadeFilter,
    author_of,
    holding,
    plain,
    required,
)
from mikro_server.graphql.identity import Task, User
from mikro_server.graphql.lens_input import (
    CreateAnnotationLensInput,
    CreateFixtureLensInput,
    CreateLensInput,
    CreateMeshLensInput,
    CreateNetworkLensInput,
    CreateSparseLensInput,
    CreateTableLensInput,
    DeleteLensInput,
    SetLensDefaultSceneInput,
    UpdateLensInput,
)
from mikro_server.graphql.shape import (
    Fixture,
    MeshCollection,
    NetworkCollection,
    Scene,
    SparseDataset,
)
from mikro_server.graphql.table import TableDataset
from mikro_server.operations import lens as operations
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows
from mikro_server.selectors.scope import pks_of

if TYPE_CHECKING:
    from mikro_server.graphql.annotation import AnnotationCollection

LazyAnnotationCollection = Annotated[
    "AnnotationCollection", strawberry.lazy("mikro_server.graphql.annotation")
]


@strawberry.type(description="The positions kept along one axis of an array.")
class Slice:
    """As Python means it."""

    axis: str = strawberry.field(description="The axis.")
    start: int | None = strawberry.field(description="The first position.")
    stop: int | None = strawberry.field(description="The end, exclusive.")
    step: int | None = strawberry.field(description="The stride.")


@strawberry.type(description="The range kept along one axis of a space.")
class Window:
    """Both ends belong to it; one that is not there is open."""

    axis: str = strawberry.field(description="The axis.")
    min: float | None = strawberry.field(description="The least position.")
    max: float | None = strawberry.field(description="The greatest position.")


@strawberry_django.interface(models.Lens, description="A selection over one container.")
class Lens:
    """The same selection is the same lens."""

    id: strawberry.ID = strawberry_django.field(description="The id of the lens.")
    name: str | None = strawberry_django.field(description="What somebody called it.")
    descriptors: strawberry.scalars.JSON = strawberry_django.field(description="Its descriptors.")
    created_at: datetime = strawberry_django.field(description="When it was first asked for.")
    creator: User | None = strawberry_django.field(description="Who asked first.")
    created_through: Task | None = strawberry_django.field(description="In which task.")
    coordinate_system: CoordinateSystem | None = strawberry_django.field(
        description="The space the selection is expressed in."
    )
    default_scene: Scene | None = strawberry_django.field(description="The scene that opens.")

    @strawberry_django.field(only=["name", "label"], description="What a list shows.")
    def label(self: models.Lens) -> str:
        """Return the name, or what it selects."""
        return self.name or self.label

    @strawberry_django.field(only=["kind"], description="What it selects over.")
    def kind(self: models.Lens) -> LensKind:
        """Return the kind."""
        return LensKind(self.kind)


class _Kind:
    """Members of the interface know their rows by the kind."""

    KIND: str

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        """Tell whether a row is of this kind."""
        return isinstance(obj, models.Lens) and obj.kind == cls.KIND


@strawberry.type
class _Windowed:
    """What lenses over windows have."""

    @strawberry_django.field(only=["windows"], description="The ranges kept.")
    def windows(self: models.Lens) -> list[Window]:
        """Return the windows."""
        return [Window(**one) for one in self.windows]


@strawberry_django.type(models.Lens, description="A selection over an array.")
class ArrayLens(_Kind, Lens):
    """By slices."""

    KIND = "ARRAY"
    dataset: ArrayDataset = strawberry_django.field(
        field_name="array_dataset", description="The array."
    )
    shape: list[int] = strawberry_django.field(description="The shape of what is kept.")
    axis_names: list[str] = strawberry_django.field(description="The names of the axes.")

    @strawberry_django.field(only=["slices"], description="What is kept, where not everything is.")
    def slices(self: models.Lens) -> list[Slice]:
        """Return the slices."""
        return [Slice(**one) for one in self.slices]

    @strawberry_django.field(only=["spec"], description="What the selection structurally is.")
    def spec(self: models.Lens) -> list[ArrayDatasetSpec]:
        """Return the spec."""
        return [ArrayDatasetSpec(one) for one in self.spec]


@strawberry_django.type(models.Lens, description="A selection over a table.")
class TableLens(_Kind, _Windowed, Lens):
    """By windows."""

    KIND = "TABLE"
    table_dataset: TableDataset = strawberry_django.field(description="The table.")

    @strawberry_django.field(only=["spec"], description="What the selection structurally is.")
    def spec(self: models.Lens) -> list[TableDatasetSpec]:
        """Return the spec."""
        return [TableDatasetSpec(one) for one in self.spec]


@strawberry_django.type(models.Lens, description="A selection over a sparse array.")
class SparseLens(_Kind, _Windowed, Lens):
    """By windows."""

    KIND = "SPARSE"
    sparse_dataset: SparseDataset = strawberry_django.field(description="The sparse array.")

    @strawberry_django.field(only=["spec"], description="What the selection structurally is.")
    def spec(self: models.Lens) -> list[SparseDatasetSpec]:
        """Return the spec."""
        return [SparseDatasetSpec(one) for one in self.spec]


@strawberry_django.type(models.Lens, description="A selection over meshes.")
class MeshLens(_Kind, _Windowed, Lens):
    """By windows."""

    KIND = "MESH"
    mesh_collection: MeshCollection = strawberry_django.field(description="The meshes.")


@strawberry_django.type(models.Lens, description="A selection over networks.")
class NetworkLens(_Kind, _Windowed, Lens):
    """By windows."""

    KIND = "NETWORK"
    network_collection: NetworkCollection = strawberry_django.field(description="The networks.")


@strawberry_django.type(models.Lens, description="A selection over a fixture.")
class FixtureLens(_Kind, _Windowed, Lens):
    """By windows."""

    KIND = "FIXTURE"
    fixture: Fixture = strawberry_django.field(description="The fixture.")


@strawberry_django.type(models.Lens, description="A selection over annotations.")
class AnnotationLens(_Kind, _Windowed, Lens):
    """By windows."""

    KIND = "ANNOTATION"
    annotation_collection: LazyAnnotationCollection = strawberry_django.field(
        description="The annotations."
    )


#: Members of the interface, which no field names.
MEMBERS = (ArrayLens, TableLens, SparseLens, MeshLens, NetworkLens, FixtureLens, AnnotationLens)


@strawberry_django.filter_type(models.Lens, description="Narrows a list of lenses.")
class LensFilter(MadeFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Words in the name or the label.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holding("name", value, prefix) | holding("label", value, prefix)

    @strawberry_django.filter_field(description="By descriptors.")
    def requires(self, value: list[DescriptorConstraintInput], prefix: str) -> Q:
        """Every constraint must hold."""
        return required(value, prefix)

    @strawberry_django.filter_field(description="By kind.")
    def kind(self, value: LensKind, prefix: str) -> Q:
        """Compare the kind."""
        return Q(**{f"{prefix}kind": value.value})

    @strawberry_django.filter_field(description="Array lenses by what they are; all must hold.")
    def array_spec(self, value: list[ArrayDatasetSpec], prefix: str) -> Q:
        """Compare the spec."""
        return _of_spec("ARRAY", value, prefix)

    @strawberry_django.filter_field(description="Table lenses by what they are; all must hold.")
    def table_spec(self, value: list[TableDatasetSpec], prefix: str) -> Q:
        """Compare the spec."""
        return _of_spec("TABLE", value, prefix)

    @strawberry_django.filter_field(description="Sparse lenses by what they are; all must hold.")
    def sparse_spec(self, value: list[SparseDatasetSpec], prefix: str) -> Q:
        """Compare the spec."""
        return _of_spec("SPARSE", value, prefix)

    @strawberry_django.filter_field(description="Over an array dataset.")
    def dataset(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the container."""
        return Q(**{f"{prefix}array_dataset__in": pks_of([value])})

    @strawberry_django.filter_field(description="Over a table.")
    def table_dataset(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the container."""
        return Q(**{f"{prefix}table_dataset__in": pks_of([value])})

    @strawberry_django.filter_field(description="Over a sparse dataset.")
    def sparse_dataset(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the container."""
        return Q(**{f"{prefix}sparse_dataset__in": pks_of([value])})

    @strawberry_django.filter_field(description="Over a mesh collection.")
    def mesh_collection(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the container."""
        return Q(**{f"{prefix}mesh_collection__in": pks_of([value])})

    @strawberry_django.filter_field(description="Over a network collection.")
    def network_collection(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the container."""
        return Q(**{f"{prefix}network_collection__in": pks_of([value])})

    @strawberry_django.filter_field(description="Over an annotation collection.")
    def annotation_collection(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the container."""
        return Q(**{f"{prefix}annotation_collection__in": pks_of([value])})

    @strawberry_django.filter_field(description="Over a fixture.")
    def fixture(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the container."""
        return Q(**{f"{prefix}fixture__in": pks_of([value])})

    @strawberry_django.filter_field(description="Whether they leave something out.")
    def sliced(self, value: bool, prefix: str) -> Q:
        """Compare with the whole lens."""
        return Q(**{f"{prefix}is_whole": not value})


def _of_spec(kind: str, specs: list[Any], prefix: str) -> Q:
    wanted = [one.value for one in specs]
    return Q(**{f"{prefix}kind": kind, f"{prefix}spec__contains": wanted})


@strawberry_django.order_type(models.Lens, description="Orders a list of lenses.")
class LensOrder:
    """By name or time."""

    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry.type
class Query:
    """Root fields of lenses."""

    lenses: list[Lens] = visible_rows(
        rows.lenses_visible_to,
        filters=LensFilter,
        ordering=LensOrder,
        description="The lenses over the data of the organization.",
    )

    @one_row(Lens, "One lens.")
    def lens(self, info: Info, id: strawberry.ID) -> QuerySet[models.Lens]:
        """Return the lens."""
        return rows.row_with(rows.lenses_visible_to(principal_of(info)), id)


def _windowed(kind: LensKind, graphql_type: Any, input_type: Any) -> Any:
    """Make the mutation that selects over one kind of container."""
    column = operations.CONTAINERS[kind][0]

    async def resolve(self: Any, info: Info, input: Any) -> Any:
        author = await author_of(info)
        pk = await in_thread(
            operations.window_lens_create,
            author=author,
            kind=kind,
            container_id=getattr(input, column),
            lens_id=input.lens,
            windows=plain(input.windows or []),
        )
        return rows.row_with(rows.lenses_visible_to(author.principal), pk)

    resolve.__annotations__["input"] = input_type
    return one_row(graphql_type, f"Find or make a lens of the kind {kind.value}.")(resolve)


async def _written(info: Info, operation: Any, **arguments: Any) -> QuerySet[models.Lens]:
    author = await author_of(info)
    pk = await in_thread(operation, author=author, **arguments)
    return rows.row_with(rows.lenses_visible_to(author.principal), pk)


@strawberry.type
class Mutation:
    """Mutations of lenses."""

    create_table_lens = _windowed(LensKind.TABLE, TableLens, CreateTableLensInput)
    create_sparse_lens = _windowed(LensKind.SPARSE, SparseLens, CreateSparseLensInput)
    create_mesh_lens = _windowed(LensKind.MESH, MeshLens, CreateMeshLensInput)
    create_network_lens = _windowed(LensKind.NETWORK, NetworkLens, CreateNetworkLensInput)
    create_fixture_lens = _windowed(LensKind.FIXTURE, FixtureLens, CreateFixtureLensInput)
    create_annotation_lens = _windowed(
        LensKind.ANNOTATION, AnnotationLens, CreateAnnotationLensInput
    )

    @one_row(ArrayLens, "Find or make a lens over an array.")
    async def create_lens(self, info: Info, input: CreateLensInput) -> Any:
        """Find or make it."""
        return await _written(
            info,
            operations.array_lens_create,
            dataset_id=input.dataset,
            lens_id=input.lens,
            wanted=None if input.slices is None else plain(input.slices),
            box=None if input.box is None else plain(input.box),
            annotation_id=input.annotation,
            name=input.name,
        )

    @one_row(Lens, "Rename a lens.")
    async def update_lens(self, info: Info, input: UpdateLensInput) -> Any:
        """Rename it."""
        name = None if input.name is UNSET else input.name
        return await _written(info, operations.lens_update, lens_id=input.id, name=name)

    @one_row(Lens, "Say which scene opens for a lens.")
    async def set_lens_default_scene(self, info: Info, input: SetLensDefaultSceneInput) -> Any:
        """Nominate it."""
        return await _written(
            info, operations.lens_nominate, lens_id=input.lens, scene_id=input.scene
        )

    @strawberry.field(description="Remove a selection.")
    async def delete_lens(self, info: Info, input: DeleteLensInput) -> strawberry.ID:
        """Remove it."""
        author = await author_of(info)
        pk = await in_thread(operations.lens_delete, author=author, lens_id=input.id)
        return strawberry.ID(str(pk))
