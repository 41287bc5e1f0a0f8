"""Folders: type, filter, order, inputs and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.types.unset import UNSET
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import one_row, visible_rows
from mikro_server import models
from mikro_server.domain.kinds import HistoryKind
from mikro_server.graphql.array import ArrayDataset, ArrayDatasetFilter, ArrayDatasetOrder
from mikro_server.graphql.fields import MadeFilter, author_of, given, words
from mikro_server.graphql.file import File, FileFilter, FileOrder
from mikro_server.graphql.identity import Client, Task, User
from mikro_server.graphql.inputs import option
from mikro_server.graphql.table import TableDataset, TableDatasetFilter, TableDatasetOrder
from mikro_server.operations import folder as operations
from mikro_server.operations import trash
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows, subqueries
from mikro_server.selectors.scope import pks_of

if TYPE_CHECKING:
    from mikro_server.graphql.annotation import AnnotationCollection

LazyAnnotationCollection = Annotated[
    "AnnotationCollection", strawberry.lazy("mikro_server.graphql.annotation")
]


@strawberry_django.filter_type(models.Folder, description="Narrows a list of folders.")
class FolderFilter(MadeFilter):
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry_django.filter_field(description="By name.")
    description: StrFilterLookup | None = strawberry_django.filter_field(
        description="By description."
    )
    is_default: bool | None = strawberry_django.filter_field(description="The default folder.")

    @strawberry_django.filter_field(description="Words in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return words(value, prefix)

    @strawberry_django.filter_field(description="Whether the caller has pinned them.")
    def pinned(self, info: Info, value: bool, prefix: str) -> Q:
        """Look for the caller among those who did."""
        mine = subqueries.pinned(principal_of(info).subject, f"{prefix}pk")
        return mine if value else ~mine

    @strawberry_django.filter_field(description="By tags; one of them is enough.")
    def tags(self, value: list[str], prefix: str) -> Q:
        """Compare the tags."""
        return Q(**{f"{prefix}tags__overlap": value})

    @strawberry_django.filter_field(description="Whether they are roots.")
    def parentless(self, value: bool, prefix: str) -> Q:
        """Look for the parent."""
        return Q(**{f"{prefix}parent__isnull": value})

    @strawberry_django.filter_field(description="Directly in a folder.")
    def parent(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the parent."""
        return Q(**{f"{prefix}parent__in": pks_of([value])})


@strawberry_django.order_type(models.Folder, description="Orders a list of folders.")
class FolderOrder:
    """By name or time."""

    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.type(models.FolderChange, description="One dated change of an object.")
class ProvenanceEntry:
    """Who changed what, and when."""

    id: strawberry.ID = strawberry_django.field(description="The id of the change.")
    user: User | None = strawberry_django.field(description="Who changed it.")
    client: Client | None = strawberry_django.field(description="With which app.")
    task: Task | None = strawberry_django.field(description="In which task.")
    date: datetime = strawberry_django.field(description="When.")

    @strawberry_django.field(only=["kind"], description="What kind of change it was.")
    def kind(self: models.FolderChange) -> HistoryKind:
        """Return the kind."""
        return HistoryKind(self.kind)


@strawberry_django.type(models.Folder, description="A place to file things in.")
class Folder:
    """A node of the organization's tree."""

    id: strawberry.ID = strawberry_django.field(description="The id of the folder.")
    name: str = strawberry_django.field(description="The name.")
    description: str | None = strawberry_django.field(description="What it is for.")
    parent: Folder | None = strawberry_django.field(description="The folder it lies in.")
    is_default: bool = strawberry_django.field(description="Whether it is the default.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    creator: User | None = strawberry_django.field(description="Who made it.")
    created_through: Task | None = strawberry_django.field(description="The task that made it.")
    tags: list[str] = strawberry_django.field(description="Its tags.")
    descriptors: strawberry.scalars.JSON = strawberry_django.field(description="Its descriptors.")
    files: list[File] = strawberry_django.field(
        filters=FileFilter, ordering=FileOrder, pagination=True, description="The files in it."
    )
    array_datasets: list[ArrayDataset] = strawberry_django.field(
        filters=ArrayDatasetFilter,
        ordering=ArrayDatasetOrder,
        pagination=True,
        description="The array datasets in it.",
    )
    table_datasets: list[TableDataset] = strawberry_django.field(
        filters=TableDatasetFilter,
        ordering=TableDatasetOrder,
        pagination=True,
        description="The tables in it.",
    )
    annotation_collections: list[LazyAnnotationCollection] = strawberry_django.field(
        pagination=True, description="The annotation collections in it."
    )
    children: list[Folder] = strawberry_django.field(
        filters=FolderFilter,
        ordering=FolderOrder,
        pagination=True,
        description="The folders in it.",
    )
    provenance_entries: list[ProvenanceEntry] = strawberry_django.field(
        field_name="changes", pagination=True, description="Its history."
    )

    @classmethod
    def get_queryset(cls, queryset: QuerySet[models.Folder], info: Info) -> QuerySet[models.Folder]:
        """Leave out what is in the trash, wherever folders are listed."""
        return queryset.filter(trashed_at=None, organization_id=principal_of(info).organization)


@strawberry.input(description="A new folder.")
class CreateFolderInput:
    """At the root, or in another."""

    name: str = strawberry.field(description="The name.")
    parent: strawberry.ID | None = option("The folder it lies in.")


@strawberry.input(description="A changed folder.")
class ChangeFolderInput:
    """A parent of null makes it a root; one that is left out stays."""

    id: strawberry.ID = strawberry.field(description="The folder.")
    name: str = strawberry.field(description="The new name.")
    parent: strawberry.ID | None = strawberry.field(default=UNSET, description="The new place.")


@strawberry.input(description="A point in the history of a folder.")
class RevertInput:
    """What it was after that change."""

    id: strawberry.ID = strawberry.field(description="The folder.")
    history_id: strawberry.ID = strawberry.field(description="The change.")


@strawberry.input(description="The folder to remove.")
class DeleteFolderInput:
    """It must be empty, and goes to the trash."""

    id: strawberry.ID = strawberry.field(description="The folder.")


@strawberry.input(description="A favourite.")
class PinFolderInput:
    """Of the caller alone."""

    id: strawberry.ID = strawberry.field(description="The folder.")
    pin: bool = strawberry.field(description="Whether it is one.")


@strawberry.input(description="Things to file.")
class AssociateInput:
    """All or none."""

    selfs: list[strawberry.ID] = strawberry.field(description="The things.")
    other: strawberry.ID = strawberry.field(description="The folder.")


@strawberry.input(description="Things to take out of a folder.")
class DesociateInput:
    """All or none."""

    selfs: list[strawberry.ID] = strawberry.field(description="The things.")
    other: strawberry.ID = strawberry.field(description="The folder.")


@strawberry.type
class Query:
    """Root fields of folders."""

    folders: list[Folder] = visible_rows(
        rows.folders_visible_to,
        filters=FolderFilter,
        ordering=FolderOrder,
        description="The folders of the organization.",
    )
    myfolders: list[Folder] = visible_rows(
        lambda principal: rows.folders_visible_to(principal).filter(creator_id=principal.subject),
        filters=FolderFilter,
        ordering=FolderOrder,
        description="The caller's own folders.",
    )

    @one_row(Folder, "One folder.")
    def folder(self, info: Info, id: strawberry.ID) -> QuerySet[models.Folder]:
        """Return the folder."""
        return rows.row_with(rows.folders_visible_to(principal_of(info)), id)


def _filing(what: str, *, put: bool) -> Any:
    """Make the mutation that files one sort of thing, or takes it out."""

    async def resolve(self: Any, info: Info, input: Any) -> Any:
        author = await author_of(info)
        pk = await in_thread(
            operations.folder_file,
            author=author,
            folder_id=input.other,
            what=what,
            ids=input.selfs,
            put=put,
        )
        return rows.row_with(rows.folders_visible_to(author.principal), pk)

    resolve.__annotations__["input"] = AssociateInput if put else DesociateInput
    noun = what.replace("_", " ")
    text = f"File {noun} in a folder." if put else f"Take {noun} out of a folder."
    return one_row(Folder, text)(resolve)


@strawberry.type
class Mutation:
    """Mutations of folders."""

    put_folders_in_folder = _filing("folders", put=True)
    release_folders_from_folder = _filing("folders", put=False)
    put_files_in_folder = _filing("files", put=True)
    release_files_from_folder = _filing("files", put=False)
    put_array_datasets_in_folder = _filing("array_datasets", put=True)
    release_array_datasets_from_folder = _filing("array_datasets", put=False)
    put_table_datasets_in_folder = _filing("table_datasets", put=True)
    release_table_datasets_from_folder = _filing("table_datasets", put=False)
    put_annotation_collections_in_folder = _filing("annotation_collections", put=True)
    release_annotation_collections_from_folder = _filing("annotation_collections", put=False)

    @one_row(Folder, "Make a folder.")
    async def create_folder(self, info: Info, input: CreateFolderInput) -> Any:
        """Make it."""
        return await _written(info, operations.folder_create, name=input.name, parent=input.parent)

    @one_row(Folder, "Return the folder of this name at this place, or make it.")
    async def ensure_folder(self, info: Info, input: CreateFolderInput) -> Any:
        """Find or make it."""
        return await _written(info, operations.folder_ensure, name=input.name, parent=input.parent)

    @one_row(Folder, "Rename or move a folder.")
    async def update_folder(self, info: Info, input: ChangeFolderInput) -> Any:
        """Change it."""
        changes = given(input, "name", "parent")
        return await _written(info, operations.folder_update, folder_id=input.id, changes=changes)

    @one_row(Folder, "Give a folder the name and place it once had.")
    async def revert_folder(self, info: Info, input: RevertInput) -> Any:
        """Change it back."""
        return await _written(
            info, operations.folder_revert, folder_id=input.id, change_id=input.history_id
        )

    @one_row(Folder, "Make a folder a favourite of the caller, or no longer.")
    async def pin_folder(self, info: Info, input: PinFolderInput) -> Any:
        """Pin it."""
        return await _written(info, operations.folder_pin, folder_id=input.id, pin=input.pin)

    @strawberry.field(description="Put an empty folder in the trash.")
    async def delete_folder(self, info: Info, input: DeleteFolderInput) -> strawberry.ID:
        """Throw it away."""
        author = await author_of(info)
        await in_thread(trash.thing_trash, author=author, kind="folder", identifier=input.id)
        return input.id


async def _written(info: Info, operation: Any, **arguments: Any) -> QuerySet[models.Folder]:
    author = await author_of(info)
    pk = await in_thread(operation, author=author, **arguments)
    return rows.row_with(rows.folders_visible_to(author.principal), pk)
