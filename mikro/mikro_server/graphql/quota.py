"""Limits on stored bytes, and how much of them is used."""

from __future__ import annotations

from enum import Enum

import strawberry

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared
from mikro_server.graphql.fields import author_of
from mikro_server.graphql.identity import User
from mikro_server.graphql.inputs import option
from mikro_server.graphql.scalars import ByteCount
from mikro_server.operations import quota as operations
from mikro_server.operations.author import in_thread
from mikro_server.selectors import quota as selectors


@strawberry.enum
class QuotaHolder(Enum):
    """Whom a limit on stored bytes is for."""

    ORGANIZATION = "organization"
    USER = "user"


@strawberry.type(description="A limit on stored bytes, and how much of it is used.")
class StorageQuota:
    """An upload that does not fit is refused."""

    holder: QuotaHolder = strawberry.field(description="The organization, or a person in it.")
    user: User | None = strawberry.field(description="The person; null for the organization.")
    used_bytes: ByteCount = strawberry.field(description="Bytes in use, the trash included.")
    limit_bytes: ByteCount | None = strawberry.field(
        description="Most bytes: the lesser of the two limits; null is no limit."
    )
    set_bytes: ByteCount | None = strawberry.field(
        description="The limit an admin of the organization set."
    )
    installation_bytes: ByteCount | None = strawberry.field(
        description="The limit of the configuration, which only the operator changes."
    )


@strawberry.input(description="A limit to set.")
class SetStorageQuotaInput:
    """For the organization, or for one person in it."""

    user: strawberry.ID | None = option("The id of the person; null is the organization.")
    limit_bytes: ByteCount | None = option("Most bytes; null lifts the limit.")


def _quota(found: selectors.Holding) -> StorageQuota:
    return StorageQuota(
        holder=QuotaHolder.ORGANIZATION if found.user is None else QuotaHolder.USER,
        user=None if found.user is None else as_declared(found.user),
        used_bytes=ByteCount(found.used_bytes),
        limit_bytes=_count(found.limit_bytes),
        set_bytes=_count(found.set_bytes),
        installation_bytes=_count(found.installation_bytes),
    )


def _count(number: int | None) -> ByteCount | None:
    return None if number is None else ByteCount(number)


@strawberry.type
class Query:
    """Root fields of limits."""

    @strawberry.field(
        description="The limits on stored bytes that hold for the caller; for admins everybody's."
    )
    async def storage_quotas(self, info: Info, everybody: bool = False) -> list[StorageQuota]:
        """Read the ledger."""
        who = principal_of(info)
        found = await in_thread(selectors.holdings, who, everybody=everybody)
        return [_quota(one) for one in found]


@strawberry.type
class Mutation:
    """Mutations of limits."""

    @strawberry.field(description="Set or lift a limit; for admins. What is kept already stays.")
    async def set_storage_quota(self, info: Info, input: SetStorageQuotaInput) -> StorageQuota:
        """Set it."""
        author = await author_of(info)
        found = await in_thread(
            operations.quota_set,
            author=author,
            user=None if input.user is None else str(input.user),
            limit_bytes=input.limit_bytes,
        )
        return _quota(found)
