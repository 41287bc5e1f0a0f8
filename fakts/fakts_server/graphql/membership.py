"""Changes of the organization and of who is in it."""

from __future__ import annotations

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from chassis.graphql import Info, principal_of
from fakts_server import models
from fakts_server.graphql.organization import Membership, MembershipRequest, Organization, Role
from fakts_server.operations import account, membership, membership_request
from fakts_server.operations.organization import organization_found


@strawberry.input(description="Founds an organization.")
class CreateOrganizationInput:
    """The founder owns it and is its first admin."""

    name: str = strawberry.field(description="Its name; the slug is made of it.")
    description: str | None = strawberry.field(default=None, description="What it is.")


@strawberry.input(description="Changes the organization; what is null stays.")
class UpdateOrganizationInput:
    """The slug stands in tokens and stays."""

    id: strawberry.ID = strawberry.field(description="The organization of the token.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    description: str | None = strawberry.field(default=None, description="What it is.")
    avatar: strawberry.ID | None = strawberry.field(default=None, description="Its logo.")


@strawberry.input(description="Makes a member of somebody who asked to join.")
class AddUserToOrganizationInput:
    """Others come by invite."""

    user: strawberry.ID = strawberry.field(description="The person.")
    organization: strawberry.ID = strawberry.field(description="The organization of the token.")
    roles: list[str] = strawberry.field(description="The roles they get.")


@strawberry.input(description="Gives a member exactly these roles.")
class SetMemberRolesInput:
    """Tokens made from now on say so."""

    id: strawberry.ID = strawberry.field(description="The membership.")
    roles: list[str] = strawberry.field(description="The roles.")


@strawberry.input(description="Shuts a member out, or lets them in again.")
class BlockMemberInput:
    """Their tokens end within one lifetime."""

    id: strawberry.ID = strawberry.field(description="The membership.")
    blocked: bool = strawberry.field(default=True, description="Whether they are shut out.")


@strawberry.input(description="Removes a member; anyone may remove themselves.")
class RemoveMemberInput:
    """Their clients, sessions and mandates go too."""

    id: strawberry.ID = strawberry.field(description="The membership.")


@strawberry.input(description="Hands the organization to another admin.")
class TransferOwnershipInput:
    """Only the owner may."""

    user: strawberry.ID = strawberry.field(description="The new owner.")


@strawberry.input(description="Makes a role of one's own.")
class CreateRoleInput:
    """Services decide what it allows."""

    identifier: str = strawberry.field(description="Lower-case word.")
    description: str = strawberry.field(default="", description="What it is for.")


@strawberry.input(description="Removes a role of one's own.")
class DeleteRoleInput:
    """Members lose it."""

    id: strawberry.ID = strawberry.field(description="The role.")


@strawberry.input(description="Sets the colours one sees the organization in.")
class UpdateMembershipColorsInput:
    """Null follows the organization."""

    brand_hue: float | None = strawberry.field(default=None, description="0 to 360.")
    brand_chroma: float | None = strawberry.field(default=None, description="0 to 1.")


@strawberry.input(description="Asks to join an organization.")
class RequestMembershipInput:
    """The answer does not tell whether there is one."""

    organization: strawberry.ID = strawberry.field(description="The organization.")
    reason: str | None = strawberry.field(default=None, description="Why.")


@strawberry.input(description="Asks for roles in one's own organization.")
class RequestRolesInput:
    """An admin answers."""

    roles: list[str] = strawberry.field(description="The roles.")
    reason: str | None = strawberry.field(default=None, description="Why.")


@strawberry.input(description="Says yes to a request.")
class ApproveMembershipRequestInput:
    """Without roles those that were asked for, else `user`."""

    id: strawberry.ID = strawberry.field(description="The request.")
    roles: list[str] | None = strawberry.field(default=None, description="The roles they get.")


@strawberry.input(description="Says no to a request.")
class DeclineMembershipRequestInput:
    """They may ask again."""

    id: strawberry.ID = strawberry.field(description="The request.")


@strawberry.input(description="Deletes one's own account with everything that hangs on it.")
class DeleteMyAccountInput:
    """This cannot be undone."""

    username: str = strawberry.field(description="One's own user name, typed to be sure.")


@strawberry.type
class Query:
    """What a person may have of themselves."""

    @strawberry_django.field(description="Everything kept about the person who asks.")
    def my_data(self, info: Info) -> JSON:
        """Collect it."""
        return JSON(account.account_export(principal=principal_of(info)))


@strawberry.type
class Mutation:
    """Changes of people and their rights."""

    @strawberry_django.mutation(graphql_type=Organization, description="Found an organization.")
    def create_organization(
        self, info: Info, input: CreateOrganizationInput
    ) -> models.Organization:
        """Found it."""
        return organization_found(
            principal=principal_of(info), name=input.name, description=input.description or ""
        )

    @strawberry_django.mutation(graphql_type=Organization, description="Change the organization.")
    def update_organization(
        self, info: Info, input: UpdateOrganizationInput
    ) -> models.Organization:
        """Change it."""
        return membership.organization_update(
            principal=principal_of(info),
            organization_id=input.id,
            name=input.name,
            description=input.description,
            avatar=input.avatar,
        )

    @strawberry_django.mutation(
        graphql_type=Membership, description="Make a member of somebody who asked to join."
    )
    def add_user_to_organization(
        self, info: Info, input: AddUserToOrganizationInput
    ) -> models.Membership:
        """Add them."""
        return membership.member_add(
            principal=principal_of(info), user_id=input.user, roles=input.roles
        )

    @strawberry_django.mutation(graphql_type=Membership, description="Give a member roles.")
    def set_member_roles(self, info: Info, input: SetMemberRolesInput) -> models.Membership:
        """Set the roles."""
        return membership.member_roles_set(
            principal=principal_of(info), membership_id=input.id, roles=input.roles
        )

    @strawberry_django.mutation(graphql_type=Membership, description="Shut a member out.")
    def block_member(self, info: Info, input: BlockMemberInput) -> models.Membership:
        """Block or unblock."""
        return membership.member_block(
            principal=principal_of(info), membership_id=input.id, blocked=input.blocked
        )

    @strawberry_django.mutation(description="Remove a member; returns the membership's id.")
    def remove_member(self, info: Info, input: RemoveMemberInput) -> strawberry.ID:
        """Remove them."""
        membership.member_take_out(principal=principal_of(info), membership_id=input.id)
        return input.id

    @strawberry_django.mutation(graphql_type=Organization, description="Hand over.")
    def transfer_ownership(self, info: Info, input: TransferOwnershipInput) -> models.Organization:
        """Hand over."""
        return membership.ownership_transfer(principal=principal_of(info), user_id=input.user)

    @strawberry_django.mutation(graphql_type=Role, description="Make a role of one's own.")
    def create_role(self, info: Info, input: CreateRoleInput) -> models.Role:
        """Make the role."""
        return membership.role_create(
            principal=principal_of(info),
            identifier=input.identifier,
            description=input.description,
        )

    @strawberry_django.mutation(description="Remove a role of one's own; returns its id.")
    def delete_role(self, info: Info, input: DeleteRoleInput) -> strawberry.ID:
        """Remove the role."""
        membership.role_remove(principal=principal_of(info), role_id=input.id)
        return input.id

    @strawberry_django.mutation(graphql_type=Membership, description="Set one's colours.")
    def update_membership_colors(
        self, info: Info, input: UpdateMembershipColorsInput
    ) -> models.Membership:
        """Set them."""
        return membership.colors_set(
            principal=principal_of(info), hue=input.brand_hue, chroma=input.brand_chroma
        )

    @strawberry_django.mutation(description="Ask to join an organization.")
    def request_membership(self, info: Info, input: RequestMembershipInput) -> bool:
        """Ask."""
        return membership_request.membership_request(
            principal=principal_of(info),
            organization_id=input.organization,
            reason=input.reason or "",
        )

    @strawberry_django.mutation(graphql_type=MembershipRequest, description="Ask for roles.")
    def request_roles(self, info: Info, input: RequestRolesInput) -> models.MembershipRequest:
        """Ask."""
        return membership_request.roles_request(
            principal=principal_of(info), roles=input.roles, reason=input.reason or ""
        )

    @strawberry_django.mutation(graphql_type=Membership, description="Say yes to a request.")
    def approve_membership_request(
        self, info: Info, input: ApproveMembershipRequestInput
    ) -> models.Membership:
        """Say yes."""
        return membership_request.request_approve(
            principal=principal_of(info), request_id=input.id, roles=input.roles
        )

    @strawberry_django.mutation(graphql_type=MembershipRequest, description="Say no to a request.")
    def decline_membership_request(
        self, info: Info, input: DeclineMembershipRequestInput
    ) -> models.MembershipRequest:
        """Say no."""
        return membership_request.request_decline(principal=principal_of(info), request_id=input.id)

    @strawberry_django.mutation(description="Delete one's own account, for good.")
    def delete_my_account(self, info: Info, input: DeleteMyAccountInput) -> bool:
        """Delete it."""
        account.account_delete(principal=principal_of(info), username=input.username)
        return True
