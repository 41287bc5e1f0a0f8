"""Roles, blocking, removing, handing over."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.models.group import Group
from fakts_server.models.joining import MembershipRequest
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership, Role
from fakts_server.models.user import User
from fakts_server.operations.membership import (
    colors_set,
    member_add,
    member_block,
    member_roles_set,
    member_take_out,
    organization_update,
    ownership_transfer,
    role_create,
    role_remove,
)


@pytest.fixture
def ada(lab):
    return principal(lab)


@pytest.fixture
def eve(lab):
    return member(lab, "eve")


def words(membership):
    return sorted(role.identifier for role in membership.roles.all())


def test_roles_are_replaced(ada, eve):
    member_roles_set(principal=ada, membership_id=eve.pk, roles=["editor", "deployer"])
    assert words(eve) == ["deployer", "editor"]
    with pytest.raises(InvalidInput):
        member_roles_set(principal=ada, membership_id=eve.pk, roles=["king"])
    assert words(eve) == ["deployer", "editor"]


def test_there_is_always_an_admin(ada, lab, eve):
    for attempt in (
        lambda: member_roles_set(principal=ada, membership_id=lab.pk, roles=["user"]),
        lambda: member_block(principal=ada, membership_id=lab.pk, blocked=True),
        lambda: member_take_out(principal=ada, membership_id=lab.pk),
    ):
        with pytest.raises(Conflict, match="last admin"):
            attempt()
    member_roles_set(principal=ada, membership_id=eve.pk, roles=["admin"])
    member_roles_set(principal=ada, membership_id=lab.pk, roles=["user"])
    assert words(lab) == ["user"]
    with pytest.raises(PermissionDenied):
        member_roles_set(principal=ada, membership_id=lab.pk, roles=["admin"])


def test_a_blocked_member_gets_no_token_until_let_in_again(api, ada, eve, approve):
    started = api.start()
    approve(started, membership=eve)
    envelope = api.poll(started).json()
    member_block(principal=ada, membership_id=eve.pk, blocked=True)
    assert api.refresh(envelope).json()["error"] == "invalid_grant"
    member_block(principal=ada, membership_id=eve.pk, blocked=False)
    assert api.refresh(envelope).status_code == 200


def test_a_removed_member_leaves_nothing_behind(api, ada, eve, lab, approve):
    started = api.start()
    approve(started, membership=eve)
    envelope = api.poll(started).json()
    group = Group.objects.create(organization=lab.organization, name="optics")
    group.users.add(eve.user)
    Mandate.objects.create(grantor=eve, hub=lab.organization.hubs.get())
    member_take_out(principal=ada, membership_id=eve.pk)
    assert api.refresh(envelope).json()["error"] == "invalid_grant"
    assert not group.users.exists()
    assert not Mandate.objects.exists()
    assert User.objects.filter(username="eve").exists(), "the person stays"


def test_anyone_leaves_but_takes_out_nobody_else(lab, eve):
    zoe = member(lab, "zoe")
    with pytest.raises(PermissionDenied):
        member_take_out(principal=principal(eve), membership_id=zoe.pk)
    member_take_out(principal=principal(eve), membership_id=eve.pk)
    assert not Membership.objects.filter(user=eve.user).exists()


def test_only_who_asked_is_added(ada, lab, rival):
    with pytest.raises(NotFound):
        member_add(principal=ada, user_id=rival.user_id, roles=["user"])
    MembershipRequest.objects.create(organization=lab.organization, user=rival.user)
    made = member_add(principal=ada, user_id=rival.user_id, roles=["viewer"])
    assert (made.organization, words(made)) == (lab.organization, ["viewer"])
    with pytest.raises(Conflict):
        member_add(principal=ada, user_id=rival.user_id, roles=["viewer"])


def test_the_owner_hands_over_and_may_leave_then(ada, lab, eve):
    lab.organization.owner = lab.user
    lab.organization.save()
    with pytest.raises(NotFound, match="admin"):
        ownership_transfer(principal=ada, user_id=eve.user_id)
    member_roles_set(principal=ada, membership_id=eve.pk, roles=["admin"])
    with pytest.raises(Conflict, match="own"):
        member_take_out(principal=ada, membership_id=lab.pk)
    with pytest.raises(Conflict, match="Only the owner"):
        ownership_transfer(principal=principal(eve), user_id=eve.user_id)
    assert ownership_transfer(principal=ada, user_id=eve.user_id).owner == eve.user
    member_take_out(principal=ada, membership_id=lab.pk)


def test_strangers_are_not_found(lab, eve, rival):
    bob = principal(rival)
    with pytest.raises(NotFound):
        member_roles_set(principal=bob, membership_id=eve.pk, roles=["user"])
    with pytest.raises(NotFound):
        member_take_out(principal=bob, membership_id=eve.pk)
    with pytest.raises(NotFound):
        organization_update(principal=bob, organization_id=lab.organization_id, name="mine")


def test_the_organization_is_renamed_and_keeps_its_slug(ada, lab):
    changed = organization_update(
        principal=ada, organization_id=lab.organization_id, name="The Lab", description="d"
    )
    changed.refresh_from_db()
    assert (changed.name, changed.description, changed.slug) == ("The Lab", "d", "lab")


@pytest.mark.parametrize(("hue", "chroma"), [(361, None), (-1, None), (None, 1.1)])
def test_colours_have_bounds(ada, hue, chroma):
    with pytest.raises(InvalidInput):
        colors_set(principal=ada, hue=hue, chroma=chroma)
    assert colors_set(principal=ada, hue=10, chroma=0.5).brand_hue == 10


def test_roles_of_ones_own_come_and_go(ada, eve, lab):
    role = role_create(principal=ada, identifier="microscopist", description="may focus")
    member_roles_set(principal=ada, membership_id=eve.pk, roles=["user", "microscopist"])
    with pytest.raises(Conflict):
        role_create(principal=ada, identifier="microscopist")
    role_remove(principal=ada, role_id=role.pk)
    assert words(eve) == ["user"]
    builtin = Role.objects.get(organization=lab.organization, identifier="viewer")
    with pytest.raises(Conflict):
        role_remove(principal=ada, role_id=builtin.pk)


@pytest.mark.parametrize("word", ["", "Big", "a b", "x" * 101])
def test_role_words_are_words(ada, word):
    with pytest.raises(InvalidInput):
        role_create(principal=ada, identifier=word)
