"""The organization: who is in it, with which roles, and who wants to be."""

from __future__ import annotations

from typing import Any

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, as_declared, visible_rows
from fakts_server import models
from fakts_server.graphql.hub import Hub
from fakts_server.graphql.media import MediaStore
from fakts_server.graphql.person import User
from fakts_server.selectors import people
from fakts_server.selectors.scope import row_id, row_ids


@strawberry_django.filter_type(models.Membership, description="Narrows a list of members.")
class MembershipFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the user name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}user__username__icontains": value})


@strawberry_django.type(models.Role, description="A name for rights in the organization.")
class Role:
    """Services decide what it allows."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    identifier: str = strawberry_django.field(description="The word that stands in tokens.")
    description: str = strawberry_django.field(description="What it is for.")
    is_builtin: bool = strawberry_django.field(description="Whether every organization has it.")
    declared_by: str = strawberry_django.field(description="The kind of service that brought it.")
    organization: Organization = strawberry_django.field(description="Where it holds.")


@strawberry.type(description="How an organization shows itself.")
class OrganizationProfile:
    """Set by its admins."""

    id: strawberry.ID = strawberry.field(description="The id of the organization.")
    name: str | None = strawberry.field(description="The name to show.")
    bio: str | None = strawberry.field(description="A few words about it.")
    avatar: MediaStore | None = strawberry.field(description="Its logo.")


@strawberry_django.type(models.Membership, description="A person in an organization.")
class Membership:
    """The subject of every client and token."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    user: User = strawberry_django.field(description="The person.")
    organization: Organization = strawberry_django.field(description="The organization.")
    roles: list[Role] = strawberry_django.field(description="Their roles in it.")
    is_blocked: bool = strawberry_django.field(description="Whether they are shut out for now.")
    brand_hue: float | None = strawberry_django.field(description="Their own hue, 0 to 360.")
    brand_chroma: float | None = strawberry_django.field(description="Their own chroma, 0 to 1.")


@strawberry_django.type(
    models.MembershipRequest, description="Somebody asks to join, or a member asks for roles."
)
class MembershipRequest:
    """Answered by admins."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    user: User = strawberry_django.field(description="Who asks.")
    reason: str | None = strawberry_django.field(description="Why.")
    status: str = strawberry_django.field(description="`pending`, `approved` or `declined`.")
    wanted_roles: list[Role] = strawberry_django.field(description="Which roles a member wants.")
    created_at: strawberry.auto = strawberry_django.field(description="When it was made.")
    resolved_by: User | None = strawberry_django.field(description="Who answered.")
    responded_at: strawberry.auto = strawberry_django.field(description="When it was answered.")


@strawberry_django.type(models.Organization, description="A tenant; nothing is seen from outside.")
class Organization:
    """Lists below one are empty unless it is the one of the token."""

    id: strawberry.ID = strawberry_django.field(description="The id; `org` in tokens.")
    slug: str = strawberry_django.field(description="Its short name; `active_org` in tokens.")
    name: str = strawberry_django.field(description="Its name.")
    description: str | None = strawberry_django.field(description="What it is.")
    brand_hue: float | None = strawberry_django.field(description="Its hue, 0 to 360.")
    brand_chroma: float | None = strawberry_django.field(description="Its chroma, 0 to 1.")
    avatar: MediaStore | None = strawberry_django.field(description="Its logo.")

    @strawberry_django.field(description="How it shows itself.", select_related=["avatar"])
    def profile(self: models.Organization) -> OrganizationProfile:
        """Make the profile."""
        return OrganizationProfile(
            id=strawberry.ID(str(self.pk)),
            name=self.name,
            bio=self.description or None,
            avatar=as_declared(self.avatar),
        )

    @strawberry_django.field(description="Who is in it.")
    def memberships(self: models.Organization, info: Info) -> list[Membership]:
        """Return the members."""
        return _below(self, people.members_visible_to(principal_of(info)))

    @strawberry_django.field(description="Its roles.")
    def roles(self: models.Organization, info: Info) -> list[Role]:
        """Return the roles."""
        return _below(self, people.roles_visible_to(principal_of(info)))

    @strawberry_django.field(description="Who asks to join; only its admins see any.")
    def membership_requests(self: models.Organization, info: Info) -> list[MembershipRequest]:
        """Return the requests."""
        return _below(self, people.requests_below(principal_of(info)))


def _below(organization: models.Organization, rows: QuerySet[Any]) -> list[Any]:
    # A query set, really; the library cuts and loads it. mypy knows fields by their GraphQL type.
    return as_declared(rows.filter(organization=organization))


@strawberry.type(description="Who asks, in which organization and by which app.")
class Context:
    """As the token says and the database confirms."""

    user: User = strawberry.field(description="The person.")
    organization: Organization = strawberry.field(description="The organization of the token.")
    roles: list[str] = strawberry.field(description="The roles the person has now.")
    scope: list[str] = strawberry.field(description="What the app may do.")
    hub: Hub | None = strawberry.field(description="The hub the app is wired to.")
    fits_active_organization: bool = strawberry.field(
        description="Whether the token's organization is one of the person's."
    )

    @strawberry_django.field(description="Whether the person is a member of an organization.")
    def member_of(self, info: Info, organization: strawberry.ID) -> bool:
        """Look among the person's own."""
        mine = people.organizations_of_self(principal_of(info))
        text = str(organization)
        return text.isdigit() and mine.filter(pk=row_id(text)).exists()


@strawberry.type
class Query:
    """Root fields of the organization."""

    organizations: list[Organization] = visible_rows(
        people.organizations_of_self, description="The organizations one is a member of."
    )
    memberships: list[Membership] = visible_rows(
        people.members_visible_to,
        filters=MembershipFilter,
        description="The members of the organization.",
    )
    roles: list[Role] = visible_rows(
        people.roles_visible_to, description="The roles of the organization."
    )
    membership_requests: list[MembershipRequest] = visible_rows(
        people.requests_visible_to, description="Who asks to join or for roles; for admins."
    )

    @strawberry_django.field(
        graphql_type=Organization | None,
        extensions=[Found()],
        description="One of the organizations one is a member of.",
    )
    def organization(self, info: Info, id: strawberry.ID) -> QuerySet[models.Organization]:
        """Return the organization."""
        return people.organizations_of_self(principal_of(info)).filter(pk=row_id(id))

    @strawberry_django.field(
        graphql_type=Role | None, extensions=[Found()], description="One role."
    )
    def role(self, info: Info, id: strawberry.ID) -> QuerySet[models.Role]:
        """Return the role."""
        return people.roles_visible_to(principal_of(info)).filter(pk=row_id(id))

    @strawberry_django.field(description="Who asks, in which organization and by which app.")
    def mycontext(self, info: Info) -> Context:
        """Put the context together."""
        here = people.context_of(principal_of(info))
        return Context(
            user=as_declared(here.membership.user),
            organization=as_declared(here.membership.organization),
            roles=here.roles,
            scope=sorted(principal_of(info).scopes),
            hub=as_declared(here.hub),
            fits_active_organization=True,
        )
