"""Keeping house, for the dashboard: the trash, what everybody keeps, what the caller keeps."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from chassis.graphql import Info, principal_of
from mikro_server.graphql.fields import author_of
from mikro_server.graphql.inputs import option
from mikro_server.graphql.scalars import ByteCount
from mikro_server.operations import trash as operations
from mikro_server.operations.author import in_thread
from mikro_server.selectors import report, rows


@strawberry.enum
class TrashKind(Enum):
    """What can be thrown away."""

    ARRAY_DATASET = "arraydataset"
    TABLE_DATASET = "tabledataset"
    FILE = "file"
    FOLDER = "folder"
    ANNOTATION_COLLECTION = "annotationcollection"


@strawberry.type(description="Something in the trash.")
class TrashedThing:
    """It can be brought back until the window ends."""

    id: strawberry.ID = strawberry.field(description="The id it has, and will have again.")
    kind: TrashKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="The name.")
    trashed_at: datetime = strawberry.field(description="When it was thrown away.")
    trashed_by: str | None = strawberry.field(description="The subject of who did it.")
    removed_at: datetime = strawberry.field(
        description="From when on it is removed for good, by the window that is set now."
    )


@strawberry.type(description="How much is kept.")
class StorageUsage:
    """What waits in the trash counts too."""

    stored_bytes: ByteCount = strawberry.field(description="Bytes.")
    stores: int = strawberry.field(description="Stores.")


@strawberry.type(description="One line of the storage report.")
class StorageLine:
    """By owner, kind, state and age."""

    owner: str | None = strawberry.field(description="The name of the owner.")
    kind: str = strawberry.field(description="The kind of the stores.")
    state: str = strawberry.field(description="Their state.")
    age: str = strawberry.field(description="How old they are at most.")
    stored_bytes: ByteCount = strawberry.field(description="Bytes.")
    stores: int = strawberry.field(description="Stores.")


@strawberry.input(description="Something to bring back.")
class RestoreInput:
    """Out of the trash."""

    kind: TrashKind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id.")
    note: str | None = option("Why; it is not kept.")


@strawberry.type
class Query:
    """Root fields of storage."""

    @strawberry.field(description="What lies in the trash, newest first.")
    async def trash(self, info: Info, kind: TrashKind, limit: int = 100) -> list[TrashedThing]:
        """List it."""
        author = await author_of(info)

        def read() -> list[TrashedThing]:
            found = operations.trashed_of(author, kind.value)[: max(0, min(limit, 1000))]
            window = operations.window()
            return [
                TrashedThing(
                    id=strawberry.ID(str(one.pk)),
                    kind=kind,
                    name=one.name,
                    trashed_at=one.trashed_at,
                    trashed_by=one.trashed_by_id,
                    removed_at=one.trashed_at + window,
                )
                for one in found
            ]

        return await in_thread(read)

    @strawberry.field(description="What the caller keeps, or what lies directly in a folder.")
    async def storage_usage(self, info: Info, folder: strawberry.ID | None = None) -> StorageUsage:
        """Add it up."""
        who = principal_of(info)

        def read() -> dict[str, int]:
            visible = rows.folders_visible_to(who)
            place = None if folder is None else rows.row_get(visible, folder)
            return report.usage_of(who, place)

        found = await in_thread(read)
        return StorageUsage(stored_bytes=ByteCount(found["stored_bytes"]), stores=found["stores"])

    @strawberry.field(description="What everybody keeps; for admins.")
    async def storage_report(self, info: Info) -> list[StorageLine]:
        """Add it up."""
        found = await in_thread(report.storage_report, principal_of(info))
        return [
            StorageLine(
                owner=line["creator__preferred_username"],
                kind=line["kind"],
                state=line["state"],
                age=line["age"],
                stored_bytes=ByteCount(line["stored_bytes"] or 0),
                stores=line["stores"],
            )
            for line in found
        ]


@strawberry.type
class Mutation:
    """Mutations of storage."""

    @strawberry.field(description="Bring something back out of the trash.")
    async def restore_from_trash(self, info: Info, input: RestoreInput) -> strawberry.ID:
        """Bring it back."""
        author = await author_of(info)
        await in_thread(
            operations.thing_restore, author=author, kind=input.kind.value, identifier=input.id
        )
        return input.id
