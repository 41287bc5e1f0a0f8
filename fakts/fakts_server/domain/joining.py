"""Which invites and requests still work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InviteStatus(StrEnum):
    """What became of an invite; one for several people stays pending while uses are left."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class RequestStatus(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True)
class InviteFacts:
    """What decides about an invite."""

    status: InviteStatus
    expires_at: datetime | None
    max_uses: int | None
    uses: int


def invite_problem(invite: InviteFacts, now: datetime) -> str | None:
    """Return why an invite does not work any more, or None while it does."""
    if invite.status is InviteStatus.CANCELLED:
        return "This invite was taken back."
    if invite.status is InviteStatus.DECLINED:
        return "This invite was declined."
    if invite.expires_at is not None and now >= invite.expires_at:
        return "This invite has expired; ask for a new one."
    if invite.max_uses is not None and invite.uses >= invite.max_uses:
        return "This invite was used already; ask for a new one."
    return None
