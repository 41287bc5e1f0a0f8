"""People of an organization."""

from __future__ import annotations

from typing import Any

import strawberry
import strawberry_django
from django.db.models import Prefetch, Q, QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, as_declared, visible_rows
from fakts_server import models
from fakts_server.graphql.group import Group
from fakts_server.graphql.media import MediaStore
from fakts_server.operations.media import media_link
from fakts_server.operations.profile import profile_set
from fakts_server.selectors import directory
from fakts_server.selectors.scope import row_ids


@strawberry_django.filter_type(models.User, description="Narrows a list of people.")
class UserFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the user name or the full name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the names."""
        return (
            Q(**{f"{prefix}username__icontains": value})
            | Q(**{f"{prefix}first_name__icontains": value})
            | Q(**{f"{prefix}last_name__icontains": value})
            | Q(**{f"{prefix}display_name__icontains": value})
        )


@strawberry.type(description="How a person shows themselves.")
class Profile:
    """Everyone sets their own."""

    id: strawberry.ID = strawberry.field(description="The id of the person.")
    name: str | None = strawberry.field(description="The name to show.")
    bio: str | None = strawberry.field(description="A few words about the person.")
    avatar: MediaStore | None = strawberry.field(description="A picture of the person.")


def profile_of(user: models.User) -> Profile:
    """Return what a person shows."""
    return Profile(
        id=strawberry.ID(str(user.pk)),
        name=user.full_name,
        bio=user.bio or None,
        # The library resolves fields of a model behind its type, which mypy cannot know.
        avatar=as_declared(user.avatar),
    )


def own_groups(info: Info) -> Prefetch[Any]:
    """Return how to load the groups of people, those of the asker's organization only."""
    rows = directory.groups_visible_to(principal_of(info))
    return Prefetch("member_groups", queryset=rows, to_attr="groups_here")


@strawberry_django.type(models.User, description="A person.")
class User:
    """What members of one organization may know of each other."""

    id: strawberry.ID = strawberry_django.field(description="The id of the person; `sub`.")
    username: str = strawberry_django.field(description="The name they log in with.")
    first_name: str | None = strawberry_django.field(description="Their first name.")
    last_name: str | None = strawberry_django.field(description="Their last name.")
    email: str | None = strawberry_django.field(description="Their e-mail address.")

    @strawberry_django.field(
        description="The groups they are in, of the organization of who asks.",
        prefetch_related=own_groups,
    )
    def groups(self: models.User) -> list[Group]:
        """Return the groups loaded beforehand."""
        return self.groups_here  # type: ignore[attr-defined, no-any-return]  # the prefetch sets it

    @strawberry_django.field(
        description="An address of their picture, for an hour.", select_related=["avatar"]
    )
    def avatar(self: models.User) -> str | None:
        """Return a signed path."""
        return media_link(self.avatar) if self.avatar is not None else None

    @strawberry_django.field(
        description="How they show themselves.",
        only=["username", "first_name", "last_name", "display_name", "bio"],
        select_related=["avatar"],
    )
    def profile(self: models.User) -> Profile:
        """Make the profile of the account."""
        return profile_of(self)


@strawberry.input(description="Sets what a person shows for the first time.")
class CreateProfileInput:
    """Everyone sets their own."""

    user: strawberry.ID = strawberry.field(description="The person, who is the one who asks.")
    name: str = strawberry.field(description="The name to show.")


@strawberry.input(description="Changes what a person shows.")
class UpdateProfileInput:
    """Everyone sets their own."""

    id: strawberry.ID = strawberry.field(description="The profile, which is the person's id.")
    name: str = strawberry.field(description="The name to show.")
    avatar: strawberry.ID = strawberry.field(description="The picture, see requestMediaUpload.")
    bio: str | None = strawberry.field(default=None, description="A few words about oneself.")


@strawberry.type
class Query:
    """Root fields of people."""

    users: list[User] = visible_rows(
        directory.users_visible_to,
        filters=UserFilter,
        description="The members of the organization.",
    )

    @strawberry_django.field(
        graphql_type=User | None, extensions=[Found()], description="One member."
    )
    def user(self, info: Info, id: strawberry.ID) -> QuerySet[models.User]:
        """Return the member."""
        return directory.user_get(principal_of(info), id)

    @strawberry_django.field(
        graphql_type=User | None, extensions=[Found()], description="The person who asks."
    )
    def me(self, info: Info) -> QuerySet[models.User]:
        """Return the person behind the token."""
        return directory.user_self(principal_of(info))


@strawberry.type
class Mutation:
    """Changes of people."""

    @strawberry_django.mutation(description="Set what one shows for the first time.")
    def create_profile(self, info: Info, input: CreateProfileInput) -> Profile:
        """Set the profile."""
        return profile_of(
            profile_set(principal=principal_of(info), user_id=input.user, name=input.name)
        )

    @strawberry_django.mutation(description="Change what one shows.")
    def update_profile(self, info: Info, input: UpdateProfileInput) -> Profile:
        """Set the profile."""
        return profile_of(
            profile_set(
                principal=principal_of(info),
                user_id=input.id,
                name=input.name,
                avatar=input.avatar,
                bio=input.bio,
            )
        )
