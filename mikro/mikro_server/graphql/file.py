"""Files: type, filter, order, root fields and the subscription to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.types.unset import UNSET

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import one_row, visible_rows
from mikro_server import models
from mikro_server.adapters.news import FileNews
from mikro_server.graphql.fields import (
    DescribedFilter,
    author_of,
    given,
    plain,
)
from mikro_server.graphql.identity import Organization, Task, User
from mikro_server.graphql.inputs import ExportOfInput, option
from mikro_server.graphql.scalars import FileLike
from mikro_server.graphql.store import BigFileStore
from mikro_server.operations import file as operations
from mikro_server.operations import trash
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows, subqueries

if TYPE_CHECKING:
    from mikro_server.graphql.folder import Folder

LazyFolder = Annotated["Folder", strawberry.lazy("mikro_server.graphql.folder")]


@strawberry_django.filter_type(models.File, description="Narrows a list of files.")
class FileFilter(DescribedFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Whether no data was written out into them.")
    def not_derived(self, value: bool, prefix: str) -> Q:
        """Look for links of exports."""
        derived = subqueries.linked("file", f"{prefix}pk", direction="RENDITION")
        return ~derived if value else derived

    @strawberry_django.filter_field(description="Whether nothing refers to them.")
    def unlinked(self, value: bool, prefix: str) -> Q:
        """Look for links."""
        linked = subqueries.linked("file", f"{prefix}pk")
        return ~linked if value else linked

    @strawberry_django.filter_field(description="By the end of the name: `czi` or `.czi`.")
    def extension(self, value: str, prefix: str) -> Q:
        """Compare in any case."""
        return Q(**{f"{prefix}name__iendswith": "." + value.removeprefix(".")})


@strawberry_django.order_type(models.File, description="Orders a list of files.")
class FileOrder:
    """By name or time."""

    created_at: strawberry.auto = strawberry_django.order_field(description="By time.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    id: strawberry.auto = strawberry_django.order_field(description="By id.")


@strawberry_django.type(models.File, description="A file as it was given.")
class File:
    """Of any format."""

    id: strawberry.ID = strawberry_django.field(description="The id of the file.")
    name: str = strawberry_django.field(description="The name.")
    store: BigFileStore = strawberry_django.field(description="Where its bytes are.")
    folder: LazyFolder | None = strawberry_django.field(description="The folder it is filed in.")
    creator: User | None = strawberry_django.field(description="Who made it.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    created_through: Task | None = strawberry_django.field(description="The task that made it.")
    organization: Organization = strawberry_django.field(description="The tenant.")
    descriptors: strawberry.scalars.JSON = strawberry_django.field(description="Its descriptors.")

    @classmethod
    def get_queryset(cls, queryset: QuerySet[models.File], info: Info) -> QuerySet[models.File]:
        """Leave out what is in the trash, wherever files are listed."""
        return queryset.filter(trashed_at=None, organization_id=principal_of(info).organization)

    @strawberry_django.field(select_related=["store"], description="Its size in bytes.")
    def size(self: models.File) -> float | None:
        """Return the size."""
        return self.store.size_bytes

    @strawberry_django.field(select_related=["store"], description="Its content type.")
    def content_type(self: models.File) -> str | None:
        """Return the declared type."""
        return self.store.content_type


@strawberry.type(description="What happened to a file.")
class FileEvent:
    """Exactly one of them is set."""

    create: File | None = strawberry.field(default=None, description="A new file.")
    delete: strawberry.ID | None = strawberry.field(default=None, description="A file that went.")
    update: File | None = strawberry.field(default=None, description="A changed file.")


@strawberry.input(description="An uploaded object that becomes a file.")
class FromFileLike:
    """The upload is confirmed by this."""

    file: FileLike = strawberry.field(description="The store of the upload.")
    file_name: str = strawberry.field(description="The name.")
    folder: strawberry.ID | None = option("The folder it is filed in.")
    export_of: list[ExportOfInput] | None = option("The data it was written out of.")


@strawberry.input(description="What changes of a file.")
class UpdateFileInput:
    """Its bytes are fixed."""

    id: strawberry.ID = strawberry.field(description="The file.")
    name: str | None = strawberry.field(default=UNSET, description="The new name.")


@strawberry.input(description="The file to remove.")
class DeleteFileInput:
    """It goes to the trash."""

    id: strawberry.ID = strawberry.field(description="The file.")


@strawberry.type
class Query:
    """Root fields of files."""

    files: list[File] = visible_rows(
        rows.files_visible_to,
        filters=FileFilter,
        ordering=FileOrder,
        description="The files of the organization.",
    )
    myfiles: list[File] = visible_rows(
        lambda principal: rows.files_visible_to(principal).filter(creator_id=principal.subject),
        filters=FileFilter,
        ordering=FileOrder,
        description="The caller's own files.",
    )

    @one_row(File, "One file.")
    def file(self, info: Info, id: strawberry.ID) -> QuerySet[models.File]:
        """Return the file."""
        return rows.row_with(rows.files_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Mutations of files."""

    @one_row(File, "Make a file of an uploaded object.")
    async def from_file_like(self, info: Info, input: FromFileLike) -> Any:
        """Make it."""
        author = await author_of(info)
        pk = await operations.file_create(
            author=author,
            store_id=input.file,
            name=input.file_name,
            folder=input.folder,
            export_of=plain(input.export_of or []),
        )
        return rows.row_with(rows.files_visible_to(author.principal), pk)

    @one_row(File, "Rename a file.")
    async def update_file(self, info: Info, input: UpdateFileInput) -> Any:
        """Change it."""
        author = await author_of(info)
        changes = given(input, "name")
        pk = await in_thread(
            operations.file_update, author=author, file_id=input.id, changes=changes
        )
        return rows.row_with(rows.files_visible_to(author.principal), pk)

    @strawberry.field(description="Put a file in the trash.")
    async def delete_file(self, info: Info, input: DeleteFileInput) -> strawberry.ID:
        """Throw it away."""
        author = await author_of(info)
        await in_thread(trash.thing_trash, author=author, kind="file", identifier=input.id)
        return input.id


@strawberry.type
class Subscription:
    """Files as they come and go."""

    @strawberry.subscription(description="What happens to files of the organization or a folder.")
    async def files(
        self, info: Info, folder: strawberry.ID | None = None
    ) -> AsyncGenerator[FileEvent, None]:
        """Watch them."""
        who = principal_of(info)
        async for news in operations.files_watch(principal=who, folder=folder):
            event = await _event(info, news)
            if event is not None:
                yield event


async def _event(info: Info, news: FileNews) -> FileEvent | None:
    if news.kind == "delete":
        return FileEvent(delete=strawberry.ID(str(news.file)))
    visible = rows.files_visible_to(principal_of(info))
    file = await in_thread(rows.row_with(visible, news.file).select_related("store").first)
    if file is None:
        return None
    return FileEvent(**{news.kind: file})  # type: ignore[arg-type] # a row
