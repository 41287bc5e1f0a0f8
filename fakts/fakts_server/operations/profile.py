"""How people, groups and the organization show themselves."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity.principal import Principal
from chassis.permissions import authorize
from fakts_server.models.group import Group
from fakts_server.models.organization import Membership
from fakts_server.models.user import User
from fakts_server.operations.audit import audit_add, by
from fakts_server.operations.media import media_own
from fakts_server.selectors.scope import acting, row_id, row_ids, tenant_of


def profile_set(
    *,
    principal: Principal,
    user_id: object,
    name: str,
    avatar: object | None = None,
    bio: str | None = None,
) -> User:
    """Set the name to show, and the picture; only of oneself."""
    me = acting(principal, "profile.own").user
    if row_id(user_id) != me.pk:
        raise NotFound("People change their own profile only.", field="id")
    me.display_name = checked_name(name)
    if avatar is not None:
        me.avatar = media_own(principal=principal, media_id=avatar)
    if bio is not None:
        me.bio = bio
    me.save(update_fields=["display_name", "avatar", "bio"])
    return me


def group_create(*, principal: Principal, name: str) -> Group:
    """Make a set of people."""
    membership = acting(principal, "person.manage")
    try:
        with transaction.atomic():
            group = Group.objects.create(
                organization=membership.organization, name=checked_name(name, most=100)
            )
            audit_add("group.created", by(principal), group, name=group.name)
    except IntegrityError:
        raise Conflict(f"There is already a group {name!r}.", field="name") from None
    return group


def group_members_set(*, principal: Principal, group_id: object, users: list[object]) -> Group:
    """Replace who is in a group; everyone must be a member of the organization."""
    acting(principal, "person.manage")
    group = group_one(principal, group_id)
    with transaction.atomic():
        people = members_among(principal, users)
        group.users.set(people)
        audit_add("group.members_set", by(principal), group, users=[one.pk for one in people])
    return group


def group_remove(*, principal: Principal, group_id: object) -> Group:
    """Remove a group; instances that were opened for it are so no more."""
    acting(principal, "person.manage")
    group = group_one(principal, group_id)
    with transaction.atomic():
        audit_add("group.removed", by(principal), group, name=group.name)
        kept = Group(pk=group.pk, organization=group.organization, name=group.name)
        group.delete()
    return kept


def group_profile_set(
    *, principal: Principal, group_id: object, name: str, avatar: object | None
) -> Group:
    """Set the name and picture a group shows."""
    acting(principal, "person.manage")
    group = group_one(principal, group_id)
    group.display_name = checked_name(name)
    if avatar is not None:
        group.avatar = media_own(principal=principal, media_id=avatar)
    group.save(update_fields=["display_name", "avatar"])
    return group


def group_one(principal: Principal, group_id: object) -> Group:
    """Return a group of the organization, or raise `NotFound`."""
    authorize(principal, "person.read")
    group = Group.objects.filter(organization=tenant_of(principal), pk=row_id(group_id)).first()
    if group is None:
        raise NotFound("There is no such group.", field="group")
    return group


def members_among(principal: Principal, users: list[object], field: str = "users") -> list[User]:
    """Return the named members; raise `NotFound` if one is none."""
    wanted = set(row_ids(users))
    rows = Membership.objects.filter(organization=tenant_of(principal), user__in=wanted)
    found = [row.user for row in rows.select_related("user")]
    if len(found) != len(set(map(str, users))):
        raise NotFound("Somebody of these is no member.", field=field)
    return found


def checked_name(name: str, *, most: int = 255) -> str:
    """Return a name without surrounding space, or raise `InvalidInput`."""
    text = name.strip()
    if not text or len(text) > most or not text.isprintable():
        raise InvalidInput(f"A name has 1 to {most} printable characters.", field="name")
    return text
