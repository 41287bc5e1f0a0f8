"""Notes to people, and the hubs' word on their health."""

from __future__ import annotations

from chassis import clock
from chassis.errors import InvalidInput, NotFound
from chassis.identity.principal import Principal
from fakts_server.domain import secret
from fakts_server.models.message import ComChannel, SystemMessage
from fakts_server.operations.profile import members_among
from fakts_server.selectors.scope import acting, row_id, tenant_of

_MOST = 5000


def message_send(
    *, principal: Principal, user_id: object, message: str, title: str = ""
) -> SystemMessage:
    """Leave a note for a member; it is shown until they acknowledge it."""
    membership = acting(principal, "message.send")
    [user] = members_among(principal, [user_id], "user")
    if not message.strip() or len(message) > _MOST:
        raise InvalidInput(f"A note has 1 to {_MOST} characters.", field="message")
    return SystemMessage.objects.create(
        organization=membership.organization, user=user, title=title[:255], message=message
    )


def message_acknowledge(
    *, principal: Principal, message_id: object, acknowledged: bool
) -> SystemMessage:
    """Mark a note of one's own as read, or as unread again."""
    acting(principal, "profile.own")
    note = SystemMessage.objects.filter(
        pk=row_id(message_id),
        organization=tenant_of(principal),
        user=row_id(principal.subject),
    ).first()
    if note is None:
        raise NotFound("There is no such note.", field="id")
    note.acknowledged_at = clock.now() if acknowledged else None
    note.save(update_fields=["acknowledged_at"])
    return note


def channel_register(*, principal: Principal, token: str) -> ComChannel:
    """Keep the address of a device of one's own; the same one again is the same channel."""
    user = acting(principal, "profile.own").user
    if not token or len(token) > 4000:
        raise InvalidInput("Give the token of the device.", field="token")
    channel, _ = ComChannel.objects.get_or_create(user=user, token_hash=secret.digest(token))
    return channel
