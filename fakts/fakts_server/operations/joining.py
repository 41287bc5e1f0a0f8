"""Invites: made by admins, used by whoever holds the link."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity.principal import Principal
from chassis.logs import get_logger
from fakts_server.adapters.seal import invite_token, invite_uid
from fakts_server.config import FaktsConfig
from fakts_server.domain.joining import InviteFacts, InviteStatus, invite_problem
from fakts_server.models.joining import Invite
from fakts_server.models.organization import Membership, Organization, Role
from fakts_server.models.user import User
from fakts_server.operations.audit import By, audit_add, by
from fakts_server.selectors.scope import acting, row_id

logger = get_logger(__name__)

_LONGEST_DAYS = 90
_MOST_USES = 1000
_DEFAULT_ROLES = ["user"]


def invite_create(
    *,
    principal: Principal,
    roles: list[str] | None = None,
    expires_in_days: int = 7,
    max_uses: int | None = 1,
    email: str = "",
    organization: object | None = None,
) -> Invite:
    """Make a link by which people become members with some roles."""
    membership = acting(principal, "person.manage")
    if organization is not None and row_id(organization) != membership.organization_id:
        raise NotFound("There is no such organization.", field="organization")
    if not 1 <= expires_in_days <= _LONGEST_DAYS:
        raise InvalidInput(f"Give 1 to {_LONGEST_DAYS} days.", field="expiresInDays")
    if max_uses is not None and not 1 <= max_uses <= _MOST_USES:
        raise InvalidInput(f"Give 1 to {_MOST_USES} uses.", field="maxUses")
    given = roles_among(membership.organization, _DEFAULT_ROLES if roles is None else roles)
    with transaction.atomic():
        invite = Invite.objects.create(
            organization=membership.organization,
            created_by=membership.user,
            email=_checked_email(email),
            max_uses=max_uses,
            expires_at=clock.now() + timedelta(days=expires_in_days),
        )
        invite.roles.set(given)
        audit_add(
            "invite.created",
            by(principal),
            invite,
            roles=sorted(r.identifier for r in given),
            max_uses=max_uses,
            days=expires_in_days,
        )
    return invite


def invite_find(token: str) -> Invite:
    """Return the invite of a link that still works; raise `NotFound` or `Conflict` with why."""
    uid = invite_uid(token)
    rows = Invite.objects.select_related("organization", "created_by")
    invite = rows.filter(uid=uid).first() if uid is not None else None
    if invite is None:
        raise NotFound("This invite is not known.", field="token")
    _check_open(invite)
    return invite


def invite_accept(*, token: str, user: User, client: str = "") -> Membership:
    """Make a person a member by an invite; who is one already keeps what they have."""
    found = invite_find(token)
    with transaction.atomic():
        invite = (
            Invite.objects.select_for_update(of=("self",))
            .select_related("organization")
            .get(pk=found.pk)
        )
        # Two people at once must not share the last use.
        _check_open(invite)
        membership, made = Membership.objects.get_or_create(
            user=user, organization=invite.organization
        )
        if not made:
            raise Conflict("You are a member of this organization already.", field="token")
        membership.roles.set(invite.roles.all())
        invite.uses += 1
        if invite.max_uses is not None and invite.uses >= invite.max_uses:
            invite.status = InviteStatus.ACCEPTED.value
        invite.accepted_by = user
        invite.responded_at = clock.now()
        invite.save(update_fields=["uses", "status", "accepted_by", "responded_at"])
        invite.created_memberships.add(membership)
        audit_add(
            "invite.accepted",
            By(invite.organization_id, user.pk, client),
            invite,
            user=user.pk,
            roles=sorted(role.identifier for role in invite.roles.all()),
        )
    logger.info("an invite was used", extra={"event": "invite.accepted"})
    return membership


def invite_decline(*, token: str, user: User, client: str = "") -> Invite:
    """Say no to an invite for one person; one for several stays open for the others."""
    invite = invite_find(token)
    if invite.max_uses != 1:
        return invite
    with transaction.atomic():
        invite.status = InviteStatus.DECLINED.value
        invite.declined_by = user
        invite.responded_at = clock.now()
        invite.save(update_fields=["status", "declined_by", "responded_at"])
        audit_add("invite.declined", By(invite.organization_id, user.pk, client), invite)
    return invite


def invite_cancel(*, principal: Principal, invite_id: object) -> Invite:
    """Take an invite back; who used it stays a member."""
    membership = acting(principal, "person.manage")
    with transaction.atomic():
        invite = Invite.objects.filter(
            organization=membership.organization, pk=row_id(invite_id)
        ).first()
        if invite is None:
            raise NotFound("There is no such invite.", field="id")
        if invite.status != InviteStatus.PENDING:
            raise Conflict("This invite was answered already.", field="id")
        invite.status = InviteStatus.CANCELLED.value
        invite.save(update_fields=["status"])
        audit_add("invite.cancelled", by(principal), invite)
    return invite


def invite_url(invite: Invite) -> str:
    """Return the link to hand out."""
    config = current(FaktsConfig)
    return f"{config.public_url.rstrip('/')}{config.path_prefix}/invite/{invite_token(invite.uid)}"


def invite_is_valid(invite: Invite) -> bool:
    """Tell whether an invite still works."""
    return invite_problem(_facts(invite), clock.now()) is None


def roles_among(organization: Organization, identifiers: list[str]) -> list[Role]:
    """Return the named roles of an organization, or raise `InvalidInput`."""
    known = list(Role.objects.filter(organization=organization, identifier__in=identifiers))
    missing = sorted(set(identifiers) - {role.identifier for role in known})
    if missing:
        raise InvalidInput(f"There is no role {', '.join(missing)} here.", field="roles")
    return known


def _check_open(invite: Invite) -> None:
    problem = invite_problem(_facts(invite), clock.now())
    if problem is not None:
        raise Conflict(problem, field="token")


def _facts(invite: Invite) -> InviteFacts:
    return InviteFacts(
        status=InviteStatus(invite.status),
        expires_at=invite.expires_at,
        max_uses=invite.max_uses,
        uses=invite.uses,
    )


def _checked_email(email: str) -> str:
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise InvalidInput("This is no e-mail address.", field="email") from None
    return email
