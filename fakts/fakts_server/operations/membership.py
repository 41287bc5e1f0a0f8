"""What admins do with members: roles, blocking, removing, handing over."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity.principal import Principal
from chassis.logs import get_logger
from fakts_server.models.group import Group
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.organization import Membership, Organization, Role
from fakts_server.models.user import User
from fakts_server.operations.audit import audit_add, by
from fakts_server.operations.joining import roles_among
from fakts_server.operations.media import media_own
from fakts_server.operations.profile import checked_name
from fakts_server.operations.user import member_remove
from fakts_server.selectors.scope import acting, row_id

logger = get_logger(__name__)

_ROLE = "abcdefghijklmnopqrstuvwxyz0123456789-_."


def member_roles_set(
    *, principal: Principal, membership_id: object, roles: list[str]
) -> Membership:
    """Give a member exactly these roles; tokens made from now on say so."""
    acting(principal, "person.manage")
    with transaction.atomic():
        membership = _member(principal, membership_id)
        given = roles_among(membership.organization, roles)
        if "admin" not in roles:
            _check_not_last_admin(membership)
        before = sorted(role.identifier for role in membership.roles.all())
        membership.roles.set(given)
        audit_add(
            "member.roles_set",
            by(principal),
            membership,
            user=membership.user_id,
            roles=sorted(set(roles)),
            before=before,
        )
    return membership


def member_block(*, principal: Principal, membership_id: object, blocked: bool) -> Membership:
    """Shut a member out, or let them in again; no token is made for them meanwhile."""
    acting(principal, "person.manage")
    with transaction.atomic():
        membership = _member(principal, membership_id)
        if blocked:
            _check_may_lose(membership)
        membership.is_blocked = blocked
        membership.save(update_fields=["is_blocked"])
        action = "member.blocked" if blocked else "member.unblocked"
        audit_add(action, by(principal), membership, user=membership.user_id)
    return membership


def member_take_out(*, principal: Principal, membership_id: object) -> Membership:
    """Remove a member with their clients, sessions and mandates; anyone may leave by this too."""
    with transaction.atomic():
        membership = _member(principal, membership_id)
        if str(membership.user_id) != principal.subject:
            acting(principal, "person.manage")
        _check_may_lose(membership)
        audit_add("member.removed", by(principal), membership, user=membership.user_id)
        member_forget(membership=membership)
    return membership


def member_forget(*, membership: Membership) -> None:
    """Take a member out of all lists of the organization, then remove the membership."""
    user, organization = membership.user, membership.organization
    for group in Group.objects.filter(organization=organization, users=user):
        group.users.remove(user)
    for instance in ServiceInstance.objects.filter(hub__organization=organization):
        instance.allowed_users.remove(user)
        instance.denied_users.remove(user)
    kept = membership.pk
    member_remove(membership=membership)
    membership.pk = kept


def member_add(*, principal: Principal, user_id: object, roles: list[str]) -> Membership:
    """Make a member of somebody who asked to become one.

    People are added by their own wish only: an admin who could add anybody would learn who exists.
    """
    organization = acting(principal, "person.manage").organization
    user = User.objects.filter(
        pk=row_id(user_id), membership_requests__organization=organization
    ).first()
    if user is None:
        raise NotFound("Nobody by this id asked to join; send an invite.", field="user")
    given = roles_among(organization, roles)
    with transaction.atomic():
        membership, made = Membership.objects.get_or_create(user=user, organization=organization)
        if not made:
            raise Conflict("They are a member already.", field="user")
        membership.roles.set(given)
        facts = {"user": user.pk, "roles": sorted(set(roles))}
        audit_add("member.added", by(principal), membership, **facts)
    return membership


def ownership_transfer(*, principal: Principal, user_id: object) -> Organization:
    """Hand the organization to another of its admins; only its owner may."""
    me = acting(principal, "organization.manage")
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=me.organization_id)
        if organization.owner_id not in (None, me.user_id):
            raise Conflict("Only the owner hands the organization over.", field="user")
        heir = Membership.objects.filter(
            organization=organization,
            user=row_id(user_id),
            is_blocked=False,
            roles__identifier="admin",
        ).first()
        if heir is None:
            raise NotFound("The new owner must be an admin here.", field="user")
        organization.owner_id = heir.user_id
        organization.save(update_fields=["owner"])
        audit_add("organization.transferred", by(principal), organization, user=heir.user_id)
    return organization


def organization_update(
    *,
    principal: Principal,
    organization_id: object,
    name: str | None = None,
    description: str | None = None,
    avatar: object | None = None,
) -> Organization:
    """Change how the organization shows itself; its slug stands in tokens and stays."""
    organization = acting(principal, "organization.manage").organization
    if row_id(organization_id) != organization.pk:
        raise NotFound("There is no such organization.", field="id")
    if name is not None:
        organization.name = checked_name(name)
    if description is not None:
        organization.description = description
    if avatar is not None:
        organization.avatar = media_own(principal=principal, media_id=avatar)
    with transaction.atomic():
        organization.save(update_fields=["name", "description", "avatar"])
        audit_add("organization.changed", by(principal), organization)
    return organization


def colors_set(*, principal: Principal, hue: float | None, chroma: float | None) -> Membership:
    """Set the colours a member sees this organization in; None follows the organization."""
    membership = acting(principal, "profile.own")
    if hue is not None and not 0 <= hue <= 360:
        raise InvalidInput("A hue is 0 to 360.", field="brandHue")
    if chroma is not None and not 0 <= chroma <= 1:
        raise InvalidInput("A chroma is 0 to 1.", field="brandChroma")
    membership.brand_hue, membership.brand_chroma = hue, chroma
    membership.save(update_fields=["brand_hue", "brand_chroma"])
    return membership


def role_create(*, principal: Principal, identifier: str, description: str = "") -> Role:
    """Make a role of one's own; services decide what it allows."""
    organization = acting(principal, "person.manage").organization
    if not identifier or len(identifier) > 100 or set(identifier) - set(_ROLE):
        raise InvalidInput("Use lower-case letters, digits and - _ .", field="identifier")
    try:
        with transaction.atomic():
            role = Role.objects.create(
                organization=organization, identifier=identifier, description=description
            )
            audit_add("role.created", by(principal), role, identifier=identifier)
    except IntegrityError:
        raise Conflict(f"There is already a role {identifier!r}.", field="identifier") from None
    return role


def role_remove(*, principal: Principal, role_id: object) -> Role:
    """Remove a role of one's own; members lose it."""
    organization = acting(principal, "person.manage").organization
    role = Role.objects.filter(organization=organization, pk=row_id(role_id)).first()
    if role is None:
        raise NotFound("There is no such role.", field="id")
    if role.is_builtin or role.declared_by:
        raise Conflict("This role belongs to the platform or to a service.", field="id")
    with transaction.atomic():
        audit_add("role.removed", by(principal), role, identifier=role.identifier)
        kept = role.pk
        role.delete()
        role.pk = kept
    return role


def _member(principal: Principal, membership_id: object) -> Membership:
    mine = acting(principal, "profile.own")
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .filter(organization=mine.organization, pk=row_id(membership_id))
        .select_related("user", "organization")
        .first()
    )
    if membership is None:
        raise NotFound("There is no such member.", field="id")
    return membership


def _check_may_lose(membership: Membership) -> None:
    if membership.organization.owner_id == membership.user_id:
        raise Conflict("Hand the organization over first: they own it.", field="id")
    _check_not_last_admin(membership)


def _check_not_last_admin(membership: Membership) -> None:
    admins = Membership.objects.filter(
        organization=membership.organization, is_blocked=False, roles__identifier="admin"
    )
    # Locked, so that two admins who demote each other at once do not leave none.
    Organization.objects.select_for_update().get(pk=membership.organization_id)
    if admins.filter(pk=membership.pk).exists() and not admins.exclude(pk=membership.pk).exists():
        raise Conflict("This is the last admin; make somebody else one first.", field="id")
