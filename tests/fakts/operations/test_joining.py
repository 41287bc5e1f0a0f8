"""Invites."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.adapters.seal import invite_token
from fakts_server.models.audit import AuditEntry
from fakts_server.models.organization import Membership
from fakts_server.models.user import User
from fakts_server.operations.joining import (
    invite_accept,
    invite_cancel,
    invite_create,
    invite_decline,
    invite_find,
    invite_is_valid,
    invite_url,
)


@pytest.fixture
def ada(lab):
    return principal(lab)


@pytest.fixture
def eve(lab):
    return User.objects.create(username="eve")


def token_of(invite):
    return invite_token(invite.uid)


def test_a_link_makes_a_member_once(ada, eve, lab):
    invite = invite_create(principal=ada, roles=["editor", "viewer"])
    assert invite_url(invite).endswith(f"/fakts/invite/{token_of(invite)}")
    made = invite_accept(token=token_of(invite), user=eve)
    assert made.organization == lab.organization
    assert sorted(role.identifier for role in made.roles.all()) == ["editor", "viewer"]
    zoe = User.objects.create(username="zoe")
    with pytest.raises(Conflict, match="used already"):
        invite_accept(token=token_of(invite), user=zoe)
    invite.refresh_from_db()
    assert (invite.status, invite.accepted_by, invite.uses) == ("accepted", eve, 1)
    assert [*invite.created_memberships.all()] == [made]


def test_a_link_for_several_counts(ada):
    invite = invite_create(principal=ada, max_uses=2)
    for name in ("x", "y"):
        invite_accept(token=token_of(invite), user=User.objects.create(username=name))
    with pytest.raises(Conflict):
        invite_accept(token=token_of(invite), user=User.objects.create(username="z"))
    assert Membership.objects.filter(organization=invite.organization).count() == 3


def test_a_member_gains_nothing_by_an_invite(ada, lab):
    eve = member(lab, "eve", "viewer")
    invite = invite_create(principal=ada, roles=["admin"])
    with pytest.raises(Conflict, match="already"):
        invite_accept(token=token_of(invite), user=eve.user)
    assert [role.identifier for role in eve.roles.all()] == ["viewer"]
    invite.refresh_from_db()
    assert invite.uses == 0


def test_a_link_ends(ada, eve, now):
    invite = invite_create(principal=ada, expires_in_days=1)
    now.forward(86_400)
    assert not invite_is_valid(invite)
    with pytest.raises(Conflict, match="expired"):
        invite_accept(token=token_of(invite), user=eve)


def test_a_link_is_taken_back(ada, eve):
    invite = invite_create(principal=ada)
    invite_cancel(principal=ada, invite_id=invite.pk)
    with pytest.raises(Conflict, match="taken back"):
        invite_accept(token=token_of(invite), user=eve)
    with pytest.raises(Conflict):
        invite_cancel(principal=ada, invite_id=invite.pk)


def test_saying_no_ends_a_personal_link_only(ada, eve):
    one, many = invite_create(principal=ada), invite_create(principal=ada, max_uses=None)
    assert invite_decline(token=token_of(one), user=eve).status == "declined"
    assert invite_decline(token=token_of(many), user=eve).status == "pending"
    with pytest.raises(Conflict, match="declined"):
        invite_find(token_of(one))
    assert invite_find(token_of(many)) == many


@pytest.mark.parametrize("token", ["", "bin_", "bin_x", "x" * 500, "bin_\ud800", "../../etc"])
def test_made_up_links_are_not_known(lab, token):
    with pytest.raises(NotFound):
        invite_find(token)


def test_a_link_cannot_be_turned_into_another(ada):
    one, two = invite_create(principal=ada), invite_create(principal=ada)
    mixed = token_of(one)[:36] + token_of(two)[36:]
    with pytest.raises(NotFound):
        invite_find(mixed)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"expires_in_days": 0}, "expiresInDays"),
        ({"expires_in_days": 91}, "expiresInDays"),
        ({"max_uses": 0}, "maxUses"),
        ({"roles": ["king"]}, "roles"),
        ({"email": "no"}, "email"),
    ],
)
def test_bad_wishes_name_their_field(ada, wish, field):
    with pytest.raises(InvalidInput) as refused:
        invite_create(principal=ada, **wish)
    assert refused.value.field == field


def test_invites_are_for_admins_here(ada, lab, rival):
    with pytest.raises(PermissionDenied):
        invite_create(principal=principal(member(lab, "eve2", "editor")))
    with pytest.raises(NotFound):
        invite_create(principal=ada, organization=rival.organization_id)
    invite = invite_create(principal=ada)
    with pytest.raises(NotFound):
        invite_cancel(principal=principal(rival), invite_id=invite.pk)


def test_the_trail_tells_of_it_without_the_secret(ada, eve):
    invite = invite_create(principal=ada)
    invite_accept(token=token_of(invite), user=eve)
    trail = list(AuditEntry.objects.order_by("pk").values_list("action", "actor_id"))
    assert trail == [("invite.created", int(ada.subject)), ("invite.accepted", eve.pk)]
    assert token_of(invite)[36:] not in str(list(AuditEntry.objects.values()))
