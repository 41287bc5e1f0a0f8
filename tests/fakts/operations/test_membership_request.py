"""Asking to join, asking for roles, and the answers."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.models.joining import MembershipRequest
from fakts_server.models.organization import Membership
from fakts_server.operations.membership_request import (
    membership_request,
    request_approve,
    request_decline,
    roles_request,
)


@pytest.fixture
def asked(lab, rival):
    bob = principal(rival)
    assert membership_request(
        principal=bob, organization_id=lab.organization_id, reason="let me in"
    )
    return MembershipRequest.objects.get()


def test_the_answer_does_not_tell_what_exists(asked, lab, rival):
    bob = principal(rival)
    for wanted in (lab.organization_id, rival.organization_id, 10**9):
        assert membership_request(principal=bob, organization_id=wanted, reason="") is True
    assert MembershipRequest.objects.count() == 1, "one open request is enough"


def test_yes_makes_a_member(asked, lab, rival):
    made = request_approve(principal=principal(lab), request_id=asked.pk)
    assert (made.user, made.organization) == (rival.user, lab.organization)
    assert [role.identifier for role in made.roles.all()] == ["user"]
    asked.refresh_from_db()
    assert (asked.status, asked.resolved_by) == ("approved", lab.user)
    with pytest.raises(Conflict, match="answered"):
        request_decline(principal=principal(lab), request_id=asked.pk)


def test_no_leaves_them_out_and_they_may_ask_again(asked, lab, rival):
    request_decline(principal=principal(lab), request_id=asked.pk)
    assert not Membership.objects.filter(user=rival.user, organization=lab.organization).exists()
    membership_request(
        principal=principal(rival), organization_id=lab.organization_id, reason="please"
    )
    assert MembershipRequest.objects.filter(status="pending").count() == 1


def test_a_member_asks_for_roles_and_keeps_theirs(lab):
    eve = member(lab, "eve", "viewer")
    request = roles_request(principal=principal(eve), roles=["editor"], reason="work")
    with pytest.raises(Conflict):
        roles_request(principal=principal(eve), roles=["admin"], reason="more")
    request_approve(principal=principal(lab), request_id=request.pk)
    assert sorted(role.identifier for role in eve.roles.all()) == ["editor", "viewer"]


def test_an_admin_may_give_less_than_was_asked_for(lab):
    eve = member(lab, "eve", "viewer")
    request = roles_request(principal=principal(eve), roles=["admin"], reason="")
    request_approve(principal=principal(lab), request_id=request.pk, roles=["user"])
    assert sorted(role.identifier for role in eve.roles.all()) == ["user", "viewer"]


def test_only_admins_here_answer(asked, lab, rival):
    eve = principal(member(lab, "eve", "editor"))
    for answer in (request_approve, request_decline):
        with pytest.raises(PermissionDenied):
            answer(principal=eve, request_id=asked.pk)
        with pytest.raises(NotFound):
            answer(principal=principal(rival), request_id=asked.pk)


def test_made_up_roles_are_refused(lab):
    with pytest.raises(InvalidInput):
        roles_request(principal=principal(lab), roles=["king"], reason="")
