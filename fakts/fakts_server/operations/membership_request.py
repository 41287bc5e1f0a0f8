"""Asking to become a member, or for more roles, and the answers."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from chassis import clock
from chassis.errors import Conflict, NotFound, Unauthenticated
from chassis.identity.principal import Principal
from fakts_server.domain.joining import RequestStatus
from fakts_server.models.joining import MembershipRequest
from fakts_server.models.organization import Membership, Organization
from fakts_server.models.user import User
from fakts_server.operations.audit import By, audit_add, by
from fakts_server.operations.joining import roles_among
from fakts_server.selectors.scope import acting, row_id


def membership_request(*, principal: Principal, organization_id: object, reason: str) -> bool:
    """Ask to join an organization.

    The answer is the same whether the organization exists or not: nobody learns of it by asking.
    """
    user = User.objects.filter(pk=row_id(principal.subject), is_active=True).first()
    if user is None:
        raise Unauthenticated("This account is no more.")
    organization = Organization.objects.filter(pk=row_id(organization_id)).first()
    if organization is None or user.memberships.filter(organization=organization).exists():
        return True
    try:
        with transaction.atomic():
            request = MembershipRequest.objects.create(
                organization=organization, user=user, reason=reason[:2000]
            )
            audit_add("request.made", By(organization.pk, user.pk, principal.client), request)
    except IntegrityError:
        # One open request is enough.
        return True
    return True


def roles_request(*, principal: Principal, roles: list[str], reason: str) -> MembershipRequest:
    """Ask for more roles in one's own organization."""
    membership = acting(principal, "profile.own")
    wanted = roles_among(membership.organization, roles)
    try:
        with transaction.atomic():
            request = MembershipRequest.objects.create(
                organization=membership.organization, user=membership.user, reason=reason[:2000]
            )
            request.wanted_roles.set(wanted)
            audit_add("request.made", by(principal), request, roles=sorted(set(roles)))
    except IntegrityError:
        raise Conflict("You have asked already; an admin will answer.", field="roles") from None
    return request


def request_approve(
    *, principal: Principal, request_id: object, roles: list[str] | None = None
) -> Membership:
    """Say yes: make the person a member, or give the member the roles they asked for."""
    acting(principal, "person.manage")
    with transaction.atomic():
        request = _open_request(principal, request_id)
        asked = [role.identifier for role in request.wanted_roles.all()]
        given = roles_among(request.organization, asked or ["user"] if roles is None else roles)
        membership, _ = Membership.objects.get_or_create(
            user=request.user, organization=request.organization
        )
        membership.roles.add(*given)
        roles = sorted(role.identifier for role in given)
        _answer(principal, request, RequestStatus.APPROVED, roles=roles)
    return membership


def request_decline(*, principal: Principal, request_id: object) -> MembershipRequest:
    """Say no; they may ask again."""
    acting(principal, "person.manage")
    with transaction.atomic():
        request = _open_request(principal, request_id)
        _answer(principal, request, RequestStatus.DECLINED)
    return request


def _open_request(principal: Principal, request_id: object) -> MembershipRequest:
    request = (
        MembershipRequest.objects.select_for_update(of=("self",))
        .select_related("user", "organization")
        .filter(organization=row_id(principal.organization), pk=row_id(request_id))
        .first()
    )
    if request is None:
        raise NotFound("There is no such request.", field="id")
    if request.status != RequestStatus.PENDING:
        raise Conflict("This request was answered already.", field="id")
    return request


def _answer(
    principal: Principal, request: MembershipRequest, status: RequestStatus, **facts: list[str]
) -> None:
    request.status = status.value
    request.resolved_by_id = int(principal.subject)
    request.responded_at = clock.now()
    request.save(update_fields=["status", "resolved_by", "responded_at"])
    audit_add(f"request.{status.value}", by(principal), request, user=request.user_id, **facts)
