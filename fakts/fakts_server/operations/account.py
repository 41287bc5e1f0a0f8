"""A person's own data: all of it handed out, all of it deleted."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chassis.errors import Conflict, Unauthenticated
from chassis.identity.principal import Principal
from chassis.logs import get_logger
from fakts_server.models.audit import AuditEntry
from fakts_server.models.client import Client
from fakts_server.models.joining import MembershipRequest
from fakts_server.models.mandate import Mandate
from fakts_server.models.media import Media
from fakts_server.models.message import SystemMessage
from fakts_server.models.organization import Membership
from fakts_server.models.user import User
from fakts_server.operations.audit import By, audit_add
from fakts_server.operations.membership import member_forget
from fakts_server.selectors.scope import row_id

logger = get_logger(__name__)

_ACCOUNT = ("username", "email", "first_name", "last_name", "display_name", "bio", "created_at")


def account_export(*, principal: Principal) -> dict[str, Any]:
    """Return everything that is kept about the person who asks, over all organizations."""
    user = _me(principal)
    memberships = Membership.objects.filter(user=user).select_related("organization")
    return {
        "account": {name: _plain(getattr(user, name)) for name in _ACCOUNT},
        "memberships": [
            {
                "organization": one.organization.slug,
                "roles": sorted(role.identifier for role in one.roles.all()),
                "since": _plain(one.created_at),
                "is_blocked": one.is_blocked,
            }
            for one in memberships.prefetch_related("roles")
        ],
        "groups": list(user.member_groups.values_list("name", flat=True)),
        "clients": _rows(
            Client.objects.filter(membership__user=user),
            *("client_id", "name", "kind", "role", "created", "last_reported_at"),
        ),
        "mandates": _rows(
            Mandate.objects.filter(grantor__user=user),
            *("label", "key_prefix", "pin_identifier", "created_at", "expires_at", "revoked_at"),
        ),
        "requests": _rows(
            MembershipRequest.objects.filter(user=user), "reason", "status", "created_at"
        ),
        "messages": _rows(
            SystemMessage.objects.filter(user=user), "title", "message", "created_at"
        ),
        "pictures": _rows(Media.objects.filter(owner_id=user.pk), "name", "created_at"),
        "audit": _rows(
            AuditEntry.objects.filter(actor_id=user.pk).order_by("pk"),
            *("at", "action", "address", "subject_kind", "subject_id"),
        ),
    }


def account_delete(*, principal: Principal, username: str) -> None:
    """Delete the person who asks, with every membership; they type their name to say so.

    The audit trail keeps what they did under a number that leads to nobody any more.
    """
    user = _me(principal)
    if username != user.username:
        raise Conflict("Type your own user name to delete the account.", field="username")
    with transaction.atomic():
        memberships = Membership.objects.filter(user=user).select_related("organization", "user")
        for membership in memberships:
            _check_leaves_no_orphan(membership)
            audit_add("person.deleted", By(membership.organization_id, user.pk), membership)
            member_forget(membership=membership)
        Media.objects.filter(owner_id=user.pk).delete()
        user.delete()
    logger.info("deleted an account", extra={"event": "user.deleted"})


def _check_leaves_no_orphan(membership: Membership) -> None:
    organization = membership.organization
    admins = Membership.objects.filter(
        organization=organization, is_blocked=False, roles__identifier="admin"
    )
    others = organization.memberships.exclude(pk=membership.pk).exists()
    is_last = admins.filter(pk=membership.pk).exists() and admins.count() == 1
    if others and (organization.owner_id == membership.user_id or is_last):
        raise Conflict(
            f"Hand {organization.name} over first: others rely on you there.", field="username"
        )


def _me(principal: Principal) -> User:
    user = User.objects.filter(pk=row_id(principal.subject), is_active=True).first()
    if user is None:
        raise Unauthenticated("This account is no more.")
    return user


def _rows(rows: Any, *names: str) -> list[dict[str, Any]]:
    return [{key: _plain(value) for key, value in row.items()} for row in rows.values(*names)]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
