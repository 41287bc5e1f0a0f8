"""Sets of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, as_declared, visible_rows
from fakts_server import models
from fakts_server.graphql.media import MediaStore
from fakts_server.operations import profile as operations
from fakts_server.selectors import directory
from fakts_server.selectors.scope import row_id, row_ids

if TYPE_CHECKING:
    from fakts_server.graphql.person import User

LazyUser = Annotated["User", strawberry.lazy("fakts_server.graphql.person")]


@strawberry_django.filter_type(models.Group, description="Narrows a list of groups.")
class GroupFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Those of these ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})


@strawberry.type(description="How a group shows itself.")
class GroupProfile:
    """Set by admins."""

    id: strawberry.ID = strawberry.field(description="The id of the group.")
    name: str | None = strawberry.field(description="The name to show.")
    bio: str | None = strawberry.field(description="A few words about the group.")
    avatar: MediaStore | None = strawberry.field(description="A picture of the group.")


@strawberry_django.type(models.Group, description="A set of members of the organization.")
class Group:
    """Instances of services can be opened to one, or closed from it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the group.")
    name: str = strawberry_django.field(description="Its name.")
    users: list[LazyUser] = strawberry_django.field(description="Who is in it.")

    @strawberry_django.field(description="How it shows itself.", select_related=["avatar"])
    def profile(self: models.Group) -> GroupProfile | None:
        """Make the profile."""
        return profile_of(self)


def profile_of(group: models.Group) -> GroupProfile:
    """Return what a group shows."""
    return GroupProfile(
        id=strawberry.ID(str(group.pk)),
        name=group.display_name or group.name,
        bio=group.bio or None,
        # The library resolves fields of a model behind its type, which mypy cannot know.
        avatar=as_declared(group.avatar),
    )


@strawberry.input(description="Makes a group.")
class CreateGroupInput:
    """The name is unique in the organization."""

    name: str = strawberry.field(description="Its name.")


@strawberry.input(description="Replaces who is in a group.")
class SetGroupMembersInput:
    """All of them must be members of the organization."""

    id: strawberry.ID = strawberry.field(description="The group.")
    users: list[strawberry.ID] = strawberry.field(description="Who is in it from now on.")


@strawberry.input(description="Removes a group.")
class DeleteGroupInput:
    """Instances that were opened to it are so no more."""

    id: strawberry.ID = strawberry.field(description="The group.")


@strawberry.input(description="Sets what a group shows for the first time.")
class CreateGroupProfileInput:
    """Only admins may."""

    group: strawberry.ID = strawberry.field(description="The group.")
    name: str = strawberry.field(description="The name to show.")
    avatar: strawberry.ID = strawberry.field(description="The picture, see requestMediaUpload.")


@strawberry.input(description="Changes what a group shows.")
class UpdateGroupProfileInput:
    """Only admins may."""

    id: strawberry.ID = strawberry.field(description="The profile, which is the group's id.")
    name: str = strawberry.field(description="The name to show.")
    avatar: strawberry.ID = strawberry.field(description="The picture, see requestMediaUpload.")


@strawberry.type
class Query:
    """Root fields of groups."""

    groups: list[Group] = visible_rows(
        directory.groups_visible_to,
        filters=GroupFilter,
        description="The groups of the organization.",
    )

    @strawberry_django.field(
        graphql_type=Group | None, extensions=[Found()], description="One group."
    )
    def group(self, info: Info, id: strawberry.ID) -> QuerySet[models.Group]:
        """Return the group."""
        return directory.groups_visible_to(principal_of(info)).filter(pk=row_id(id))

    @strawberry_django.field(
        graphql_type=list[Group], description="The groups the person who asks is in."
    )
    def mygroups(self, info: Info) -> QuerySet[models.Group]:
        """Return one's own groups."""
        principal = principal_of(info)
        return directory.groups_visible_to(principal).filter(users=row_id(principal.subject))


@strawberry.type
class Mutation:
    """Changes of groups."""

    @strawberry_django.mutation(graphql_type=Group, description="Make a group.")
    def create_group(self, info: Info, input: CreateGroupInput) -> models.Group:
        """Make the group."""
        return operations.group_create(principal=principal_of(info), name=input.name)

    @strawberry_django.mutation(graphql_type=Group, description="Replace who is in a group.")
    def set_group_members(self, info: Info, input: SetGroupMembersInput) -> models.Group:
        """Replace the members."""
        return operations.group_members_set(
            principal=principal_of(info), group_id=input.id, users=[*input.users]
        )

    @strawberry_django.mutation(description="Remove a group; returns its id.")
    def delete_group(self, info: Info, input: DeleteGroupInput) -> strawberry.ID:
        """Remove the group."""
        operations.group_remove(principal=principal_of(info), group_id=input.id)
        return input.id

    @strawberry_django.mutation(description="Set what a group shows for the first time.")
    def create_group_profile(self, info: Info, input: CreateGroupProfileInput) -> GroupProfile:
        """Set the profile."""
        return profile_of(
            operations.group_profile_set(
                principal=principal_of(info),
                group_id=input.group,
                name=input.name,
                avatar=input.avatar,
            )
        )

    @strawberry_django.mutation(description="Change what a group shows.")
    def update_group_profile(self, info: Info, input: UpdateGroupProfileInput) -> GroupProfile:
        """Set the profile."""
        return profile_of(
            operations.group_profile_set(
                principal=principal_of(info),
                group_id=input.id,
                name=input.name,
                avatar=input.avatar,
            )
        )
