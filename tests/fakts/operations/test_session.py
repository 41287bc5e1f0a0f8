"""Sessions under races, and what no sequence of events may ever open."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from appside import Api
from django.db import connections
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chassis.errors import NotFound
from fakts_server.domain.errors import OAuthError
from fakts_server.domain.origin import Origin
from fakts_server.models.credential import RefreshToken
from fakts_server.models.organization import Membership, Role
from fakts_server.operations.admin import admin_run
from fakts_server.operations.device_code import device_code_approve
from fakts_server.operations.session import session_refresh
from fakts_server.operations.user import member_remove, member_set
from fakts_server.wire.token import RefreshForm

ORIGIN = Origin("http", "localhost", 8000)


def refresh(envelope):
    """Refresh in a thread of its own, with a connection of its own."""
    form = RefreshForm(refresh_token=envelope["refresh_token"], client_id=envelope["client_id"])
    try:
        return session_refresh(form=form, origin=ORIGIN)["refresh_token"]
    except OAuthError as error:
        return error.code
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_racing_processes_all_get_a_token(api, logged_in):
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(refresh, [logged_in] * 6))
    assert len(set(answers)) == 6
    assert "invalid_grant" not in answers
    first = RefreshToken.objects.get(used_at__isnull=False)
    assert RefreshToken.objects.filter(chain=first.chain).count() == 7


@pytest.mark.django_db(transaction=True)
def test_without_grace_exactly_one_of_the_racers_wins(api, logged_in, configured):
    configured(refresh_grace_seconds=0)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(refresh, [logged_in] * 6))
    assert answers.count("invalid_grant") == 5


class Platform(RuleBasedStateMachine):
    """Approvals, refreshes, role changes, removals and revocations in any order."""

    world: tuple[Api, Membership]

    def __init__(self):
        super().__init__()
        self.api, member = self.world
        self.user, self.organization = member.user, member.organization
        self.envelopes = []
        self.keys = []
        self.ended = set()
        member_set(user=self.user, organization=self.organization, roles=["admin"])

    @property
    def member(self):
        return Membership.objects.filter(user=self.user, organization=self.organization).first()

    @rule(device=st.sampled_from(["one", "two"]))
    def approve(self, device):
        started = self.api.start(device_id=device)
        if self.member is None or self.member.is_blocked:
            return
        device_code_approve(user_code=started["user_code"], membership=self.member)
        self.envelopes.append(self.api.poll(started).json())

    @precondition(lambda self: self.envelopes)
    @rule(data=st.data())
    def renew(self, data):
        envelope = data.draw(st.sampled_from(self.envelopes))
        answer = self.api.refresh(envelope)
        if answer.status_code == 200:
            self.envelopes.append(answer.json())

    @precondition(lambda self: self.envelopes)
    @rule(data=st.data())
    def log_out(self, data):
        envelope = data.draw(st.sampled_from(self.envelopes))
        self.api.form("/fakts/o/revoke/", token=envelope["refresh_token"])
        self.ended.add(envelope["refresh_token"])

    @rule()
    def issue_key(self):
        if self.member is not None:
            order = {
                "op": "key.create",
                "username": self.user.username,
                "organization": self.organization.slug,
            }
            self.keys.append(admin_run(order))

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def revoke_key(self, data):
        issued = data.draw(st.sampled_from(self.keys))
        if self.member is not None:
            with contextlib.suppress(NotFound):  # gone with a removed membership
                admin_run({"op": "key.revoke", "id": issued["id"]})
        self.ended.add(issued["key"])

    @rule(roles=st.sets(st.sampled_from(["admin", "viewer", "user"]), max_size=2))
    def change_roles(self, roles):
        if self.member is not None:
            self.member.roles.set(
                Role.objects.filter(organization=self.organization, identifier__in=roles)
            )

    @rule(blocked=st.booleans())
    def block(self, blocked):
        Membership.objects.filter(user=self.user).update(is_blocked=blocked)

    @rule()
    def remove(self):
        if self.member is not None:
            member_remove(membership=self.member)

    @rule()
    def add_again(self):
        member_set(user=self.user, organization=self.organization, roles=["viewer"])

    @invariant()
    def no_token_opens_more_than_the_membership_has(self):
        member = self.member
        welcome = member is not None and not member.is_blocked
        roles = sorted(role.identifier for role in member.roles.all()) if member else []
        answers = [self.api.refresh(item) for item in self.envelopes[-3:]]
        answers += [self.api.mandate(item["key"]) for item in self.keys[-2:]]
        for answer in answers:
            if answer.status_code == 200:
                assert welcome
                token = answer.json()["access_token"]
                claims = jwt.decode(token, options={"verify_signature": False})
                assert claims["roles"] == roles
                assert claims["org"] == str(self.organization.pk)
        for dead in self.ended:
            form = {"grant_type": "refresh_token", "refresh_token": dead}
            assert self.api.token(**form).status_code == 400
            assert self.api.mandate(dead).status_code == 400


@pytest.mark.django_db
def test_no_sequence_leaves_a_token_beyond_its_membership(api, lab, configured):
    configured(
        refresh_grace_seconds=600,
        throttles={"token_failures_per_minute": 10**6, "starts_per_minute": 10**6},
    )
    Platform.world = (api, lab)
    run_state_machine_as_test(
        Platform,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
