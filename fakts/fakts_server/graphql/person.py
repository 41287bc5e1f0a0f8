"""People of an organization."""

from __future__ import annotations

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.errors import NotFound
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, visible_rows
from chassis.permissions import authorize
from fakts_server import models
from fakts_server.graphql.media import MediaStore, no_picture
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
        )


@strawberry.type(description="How a person shows themselves.")
class Profile:
    """Made of the account; there is nothing to upload yet."""

    id: strawberry.ID = strawberry.field(description="The id of the person.")
    name: str | None = strawberry.field(description="The name to show.")
    bio: str | None = strawberry.field(description="A few words about the person.")
    avatar: MediaStore | None = strawberry.field(
        description="A picture of the person.", resolver=no_picture
    )


@strawberry.type(description="How a group shows itself.")
class GroupProfile:
    """There are no groups yet, and so none of these."""

    id: strawberry.ID = strawberry.field(description="The id of the group.")
    name: str | None = strawberry.field(description="The name to show.")
    bio: str | None = strawberry.field(description="A few words about the group.")
    avatar: MediaStore | None = strawberry.field(
        description="A picture of the group.", resolver=no_picture
    )


@strawberry.input(description="Narrows a list of groups.")
class GroupFilter:
    """Kept so that the clients' documents are served; there are no groups yet."""

    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="By ids.")
    search: str | None = strawberry.field(default=None, description="Text in the name.")


@strawberry.type(description="A set of people; this server keeps none yet, rights hang on roles.")
class Group:
    """There are no groups yet."""

    id: strawberry.ID = strawberry.field(description="The id of the group.")
    name: str = strawberry.field(description="Its name.")
    profile: GroupProfile | None = strawberry.field(description="How it shows itself.")
    users: list[User] = strawberry.field(description="Who is in it.")


def no_groups() -> list[Group]:
    """There are no groups yet."""
    return []


@strawberry_django.type(models.User, description="A person.")
class User:
    """What members of one organization may know of each other."""

    id: strawberry.ID = strawberry_django.field(description="The id of the person; `sub`.")
    username: str = strawberry_django.field(description="The name they log in with.")
    first_name: str | None = strawberry_django.field(description="Their first name.")
    last_name: str | None = strawberry_django.field(description="Their last name.")
    email: str | None = strawberry_django.field(description="Their e-mail address.")
    groups: list[Group] = strawberry.field(
        description="The groups they are in; none are kept yet.", resolver=no_groups
    )

    @strawberry_django.field(description="An address of their picture; none are kept yet.")
    def avatar(self: models.User) -> str | None:
        """There are no pictures yet."""
        return None

    @strawberry_django.field(
        description="How they show themselves.", only=["username", "first_name", "last_name"]
    )
    def profile(self: models.User) -> Profile:
        """Make the profile of the account."""
        return Profile(id=strawberry.ID(str(self.pk)), name=self.full_name, bio=None)


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

    @strawberry.field(description="The groups of the organization; none are kept yet.")
    def groups(
        self,
        info: Info,
        filters: GroupFilter | None = None,
        pagination: strawberry_django.pagination.OffsetPaginationInput | None = None,
    ) -> list[Group]:
        """Ask for the right, then return nothing."""
        authorize(principal_of(info), "person.read")
        return []

    @strawberry.field(description="One group; none are kept yet.")
    def group(self, info: Info, id: strawberry.ID) -> Group:
        """Ask for the right, then find nothing."""
        authorize(principal_of(info), "person.read")
        raise NotFound()
