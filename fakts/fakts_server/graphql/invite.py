"""Invites by link, and notes to people."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, visible_rows
from fakts_server import models
from fakts_server.adapters.seal import invite_token
from fakts_server.graphql.organization import Membership, Organization, Role
from fakts_server.graphql.person import User
from fakts_server.operations import joining, message
from fakts_server.selectors import people
from fakts_server.selectors.scope import membership_of, row_id, row_ids


@strawberry_django.filter_type(models.Invite, description="Narrows a list of invites.")
class InviteFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the e-mail address.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the address."""
        return Q(**{f"{prefix}email__icontains": value})

    @strawberry_django.filter_field(description="By status.")
    def status(self, value: str, prefix: str) -> Q:
        """Compare the status."""
        return Q(**{f"{prefix}status": value})


@strawberry_django.type(models.Invite, description="A link that makes its holder a member.")
class Invite:
    """Seen by admins, and by whoever holds the link."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    email: str | None = strawberry_django.field(description="For whom it is meant.")
    created_by: User | None = strawberry_django.field(description="Who made it.")
    created_for: Organization = strawberry_django.field(
        field_name="organization", description="Where it leads."
    )
    created_at: datetime = strawberry_django.field(description="When it was made.")
    expires_at: datetime | None = strawberry_django.field(description="When it ends.")
    status: str = strawberry_django.field(
        description="`pending`, `accepted`, `declined` or `cancelled`."
    )
    accepted_by: User | None = strawberry_django.field(description="Who used it last.")
    declined_by: User | None = strawberry_django.field(description="Who declined it.")
    responded_at: datetime | None = strawberry_django.field(description="When.")
    roles: list[Role] = strawberry_django.field(description="The roles it gives.")
    max_uses: int | None = strawberry_django.field(description="How many people may use it.")
    uses: int = strawberry_django.field(description="How many have.")

    @column("uid", description="The secret in the link.")
    def token(self: models.Invite) -> str:
        """Derive the secret."""
        return invite_token(self.uid)

    @column("uid", description="The link to hand out.")
    def invite_url(self: models.Invite) -> str:
        """Build the link."""
        return joining.invite_url(self)

    @column("status", "expires_at", "max_uses", "uses", description="Whether it still works.")
    def valid(self: models.Invite) -> bool:
        """Look at its facts."""
        return joining.invite_is_valid(self)


@strawberry_django.type(models.SystemMessage, description="A note to one person.")
class SystemMessage:
    """Shown until it is acknowledged."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    title: str | None = strawberry_django.field(description="Its title.")
    message: str | None = strawberry_django.field(description="What it says.")
    action: str = strawberry_django.field(description="What to do about it, if anything.")
    user: User = strawberry_django.field(description="To whom.")
    acknowledged_at: datetime | None = strawberry_django.field(description="When it was read.")


@strawberry_django.type(models.ComChannel, description="A way to reach a person's device.")
class ComChannel:
    """Its token is kept as a hash."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    user: User = strawberry_django.field(description="Whose it is.")


@strawberry.input(description="Makes an invite.")
class CreateInviteInput:
    """For one person and a week, unless told otherwise."""

    organization: strawberry.ID | None = strawberry.field(
        default=None, description="The organization of the token."
    )
    expires_in_days: int = strawberry.field(default=7, description="1 to 90.")
    roles: list[str] | None = strawberry.field(default=None, description="Else `user`.")
    max_uses: int | None = strawberry.field(
        default=1, description="How many people may use it; null means any number."
    )
    email: str | None = strawberry.field(default=None, description="For whom it is meant.")


@strawberry.input(description="Uses an invite.")
class AcceptInviteInput:
    """As the person who asks."""

    token: str = strawberry.field(description="The secret in the link.")


@strawberry.input(description="Says no to an invite.")
class DeclineInviteInput:
    """As the person who asks."""

    token: str = strawberry.field(description="The secret in the link.")


@strawberry.input(description="Takes an invite back.")
class CancelInviteInput:
    """Who used it stays."""

    id: strawberry.ID = strawberry.field(description="The invite.")


@strawberry.input(description="Leaves a note for a member.")
class NotifyUserInput:
    """For admins."""

    user: strawberry.ID = strawberry.field(description="The member.")
    message: str = strawberry.field(description="What to say.")
    title: str = strawberry.field(default="", description="A title.")


@strawberry.input(description="Marks a note as read.")
class AcknowledgeMessageInput:
    """Only one's own."""

    id: strawberry.ID = strawberry.field(description="The note.")
    acknowledged: bool = strawberry.field(description="False marks it as unread.")


@strawberry.input(description="Registers a device to be reached at.")
class RegisterComChannelInput:
    """Only one's own."""

    token: str = strawberry.field(description="The device's token.")


@strawberry.type
class Query:
    """Root fields of invites and notes."""

    invites: list[Invite] = visible_rows(
        people.invites_visible_to,
        filters=InviteFilter,
        description="The invites of the organization; for admins.",
    )

    @strawberry_django.field(
        graphql_type=list[SystemMessage], description="The notes one has not read yet."
    )
    def my_active_messages(self, info: Info) -> QuerySet[models.SystemMessage]:
        """Return the unread notes."""
        return people.messages_of_self(principal_of(info)).filter(acknowledged_at__isnull=True)

    @strawberry_django.field(
        graphql_type=SystemMessage | None, extensions=[Found()], description="One note to oneself."
    )
    def message(self, info: Info, id: strawberry.ID) -> QuerySet[models.SystemMessage]:
        """Return the note."""
        return people.messages_of_self(principal_of(info)).filter(pk=row_id(id))


@strawberry.type
class Mutation:
    """Changes of invites and notes."""

    @strawberry_django.mutation(graphql_type=Invite, description="Make an invite.")
    def create_invite(self, info: Info, input: CreateInviteInput) -> models.Invite:
        """Make it."""
        return joining.invite_create(
            principal=principal_of(info),
            roles=input.roles,
            expires_in_days=input.expires_in_days,
            max_uses=input.max_uses,
            email=input.email or "",
            organization=input.organization,
        )

    @strawberry_django.mutation(graphql_type=Membership, description="Use an invite.")
    def accept_invite(self, info: Info, input: AcceptInviteInput) -> models.Membership:
        """Use it."""
        principal = principal_of(info)
        user = membership_of(principal).user
        return joining.invite_accept(token=input.token, user=user, client=principal.client)

    @strawberry_django.mutation(graphql_type=Invite, description="Say no to an invite.")
    def decline_invite(self, info: Info, input: DeclineInviteInput) -> models.Invite:
        """Decline it."""
        principal = principal_of(info)
        user = membership_of(principal).user
        return joining.invite_decline(token=input.token, user=user, client=principal.client)

    @strawberry_django.mutation(graphql_type=Invite, description="Take an invite back.")
    def cancel_invite(self, info: Info, input: CancelInviteInput) -> models.Invite:
        """Cancel it."""
        return joining.invite_cancel(principal=principal_of(info), invite_id=input.id)

    @strawberry_django.mutation(description="Leave a note for a member.")
    def notify_user(self, info: Info, input: NotifyUserInput) -> bool:
        """Leave it."""
        message.message_send(
            principal=principal_of(info),
            user_id=input.user,
            message=input.message,
            title=input.title,
        )
        return True

    @strawberry_django.mutation(graphql_type=SystemMessage, description="Mark a note as read.")
    def acknowledge_message(
        self, info: Info, input: AcknowledgeMessageInput
    ) -> models.SystemMessage:
        """Mark it."""
        return message.message_acknowledge(
            principal=principal_of(info), message_id=input.id, acknowledged=input.acknowledged
        )

    @strawberry_django.mutation(
        graphql_type=ComChannel, description="Register a device to be reached at."
    )
    def register_com_channel(self, info: Info, input: RegisterComChannelInput) -> models.ComChannel:
        """Register it."""
        return message.channel_register(principal=principal_of(info), token=input.token)
