"""Ids as callers send them, and who stands behind a token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import deployer_client, member, principal, web_app

from chassis.errors import NotFound, PermissionDenied, Unauthenticated
from fakts_server.models.organization import Role
from fakts_server.selectors.scope import (
    acting,
    client_of,
    issuing_client,
    membership_of,
    row_id,
    row_ids,
    tenant_of,
)

LARGEST = 2**63 - 1


@given(number=st.integers(0, LARGEST))
def test_every_id_of_a_row_is_read(number):
    assert row_id(number) == row_id(str(number)) == number
    assert row_ids([number, str(number)]) == [number, number]


@given(
    value=st.one_of(
        st.integers(max_value=-1),
        st.integers(min_value=LARGEST + 1),
        st.floats(),
        st.none(),
        st.booleans(),
        st.text().filter(lambda text: not (text.isascii() and text.isdigit())),
    )
)
def test_what_is_no_id_is_absent_and_never_an_error_of_its_own(value):
    with pytest.raises(NotFound):
        row_id(value)
    assert row_ids([value]) == []


@pytest.mark.parametrize(
    "digits", ["²", "٣", "\uff11\uff12", "1_000", "1 ", "+1", "0x1", "1e3", "\n1"]
)
def test_digits_of_other_scripts_are_none(digits):
    with pytest.raises(NotFound):
        row_id(digits)
    assert row_ids([digits, "7"]) == [7]


def test_a_token_stands_for_a_membership(lab, rival):
    assert membership_of(principal(lab)) == lab
    assert tenant_of(principal(lab)) == lab.organization_id
    elsewhere = {"organization": str(rival.organization_id)}
    nobody = [
        principal(lab, **elsewhere),
        principal(lab, subject="999999999"),
    ]
    for one in nobody:
        with pytest.raises(Unauthenticated):
            membership_of(one)


def _block(membership):
    membership.is_blocked = True
    membership.save()


def _deactivate(membership):
    membership.user.is_active = False
    membership.user.save()


def _remove(membership):
    membership.delete()


@pytest.mark.parametrize("end", [_block, _deactivate, _remove])
def test_an_ended_membership_acts_no_more(lab, end):
    who = principal(lab)
    assert acting(who, "person.manage") == lab
    end(lab)
    with pytest.raises(Unauthenticated):
        acting(who, "profile.own")


@pytest.mark.parametrize(
    ("held", "carried", "admin", "working"),
    [
        (["admin"], ["admin"], True, True),
        (["admin", "user"], ["admin", "user"], True, True),
        (["admin", "user"], ["user"], False, True),
        (["user"], ["admin", "user"], False, True),
        (["user"], ["admin"], False, False),
        (["admin"], [], False, False),
        ([], ["admin"], False, False),
        (["viewer"], ["viewer"], False, True),
    ],
)
def test_a_right_is_one_the_token_carries_and_the_member_holds(lab, held, carried, admin, working):
    lab.roles.set(Role.objects.filter(organization=lab.organization, identifier__in=held))
    who = principal(lab, roles=frozenset(carried))
    for action, allowed in (("person.manage", admin), ("profile.own", working)):
        if allowed:
            assert acting(who, action) == lab
        else:
            with pytest.raises(PermissionDenied):
                acting(who, action)


def test_a_client_is_one_of_the_organization(lab, rival):
    mine = deployer_client(lab)
    assert client_of(principal(lab, client="deployer-1")) == mine
    for one in (principal(rival, client="deployer-1"), principal(lab, client="gone")):
        with pytest.raises(Unauthenticated):
            client_of(one)
    mine.delete()
    with pytest.raises(Unauthenticated):
        client_of(principal(lab, client="deployer-1"))


def test_an_app_hands_on_its_own_scopes_and_our_pages_those_of_the_person(lab):
    app = deployer_client(lab)
    ours = web_app(lab, first_party=True, client_id="dashboard")
    theirs = web_app(lab, first_party=False, client_id="their-page")
    asked = {
        one.client_id: issuing_client(principal(lab, client=one.client_id))
        for one in (app, ours, theirs)
    }
    assert asked == {
        "deployer-1": (app, frozenset({"openid", "read"})),
        "dashboard": (None, None),
        "their-page": (theirs, frozenset({"openid"})),
    }


def test_roles_of_another_organization_are_not_held_here(lab, rival):
    mate = member(rival, "ada", "viewer")
    assert mate.user == lab.user
    with pytest.raises(PermissionDenied):
        acting(principal(mate, roles=frozenset({"admin"})), "person.manage")
    assert acting(principal(lab), "person.manage") == lab
