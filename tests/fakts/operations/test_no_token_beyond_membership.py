"""Whatever happens in whatever order, a token opens at most what its membership has now."""

from __future__ import annotations

import jwt
import pytest
from appside import Api, requirement
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import member, principal

from chassis.errors import PlatformError
from fakts_server.models.client import Client
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership
from fakts_server.operations.device_code import device_code_approve
from fakts_server.operations.instance import Access, instance_update
from fakts_server.operations.mandate import mandate_key_create, mandate_revoke
from fakts_server.operations.membership import member_block, member_roles_set, member_take_out
from fakts_server.operations.removal import client_remove
from fakts_server.operations.user import member_set

NEEDS = [
    requirement("rekuest", "live.arkitekt.rekuest", optional=True),
    requirement("mikro", "live.arkitekt.mikro", optional=True),
]
ROLES = ["user", "editor", "viewer", "admin"]
STEPS = st.one_of(
    st.tuples(st.just("approve"), st.sets(st.sampled_from(["rekuest", "mikro"]))),
    st.tuples(st.just("refresh"), st.integers(0, 3)),
    st.tuples(st.just("key"), st.none()),
    st.tuples(st.just("key_login"), st.integers(0, 1)),
    st.tuples(st.just("revoke_key"), st.integers(0, 1)),
    st.tuples(st.just("roles"), st.sets(st.sampled_from(ROLES), min_size=1)),
    st.tuples(st.just("block"), st.booleans()),
    st.tuples(st.just("remove"), st.none()),
    st.tuples(st.just("rejoin"), st.sampled_from(ROLES)),
    st.tuples(st.just("deny"), st.booleans()),
    st.tuples(st.just("allow_others"), st.booleans()),
    st.tuples(st.just("remove_client"), st.none()),
)
NEEDS_MEMBER = {"approve", "key", "roles", "block", "remove"}


class Story:
    """Eve and her apps, as ada lets them be."""

    def __init__(self, lab: Membership) -> None:
        self.lab, self.api, self.ada = lab, Api(), principal(lab)
        self.eve = member(lab, f"eve{Membership.objects.count()}")
        self.user = self.eve.user
        self.mikro = ServiceInstance.objects.get(
            hub=lab.organization.hubs.get(), identifier="mikro"
        )
        self.envelopes: list[dict] = []
        self.keys: list[tuple[Mandate, str]] = []

    def run(self, step: str, what) -> None:
        """Carry one step out; what is refused changes nothing."""
        if self.eve is not None or step not in NEEDS_MEMBER:
            getattr(self, step)(what)

    def approve(self, declined) -> None:
        started = self.api.start(requirements=NEEDS)
        device_code_approve(
            user_code=started["user_code"], membership=self.eve, declined=frozenset(declined)
        )
        self.answer(self.api.poll(started))

    def refresh(self, which) -> None:
        if self.envelopes:
            self.answer(self.api.refresh(self.envelopes[which % len(self.envelopes)]))

    def key(self, _) -> None:
        hub = self.lab.organization.hubs.get()
        self.keys.append(mandate_key_create(grantor=self.eve, hub=hub))

    def key_login(self, which) -> None:
        if self.keys:
            self.answer(self.api.mandate(self.keys[which % len(self.keys)][1], requirements=NEEDS))

    def revoke_key(self, which) -> None:
        if self.keys:
            mandate_revoke(mandate=self.keys[which % len(self.keys)][0])

    def roles(self, words) -> None:
        member_roles_set(principal=self.ada, membership_id=self.eve.pk, roles=sorted(words))

    def block(self, blocked) -> None:
        member_block(principal=self.ada, membership_id=self.eve.pk, blocked=blocked)

    def remove(self, _) -> None:
        member_take_out(principal=self.ada, membership_id=self.eve.pk)
        self.eve = None

    def rejoin(self, role) -> None:
        self.eve = member_set(user=self.user, organization=self.lab.organization, roles=[role])

    def deny(self, is_denied) -> None:
        self.open_to(Access(denied_users=[self.user.pk] if is_denied else []))

    def allow_others(self, is_closed) -> None:
        self.open_to(Access(allowed_users=[self.lab.user_id] if is_closed else []))

    def open_to(self, access) -> None:
        instance_update(principal=self.ada, instance_id=self.mikro.pk, access=access)

    def remove_client(self, _) -> None:
        for client in Client.objects.filter(membership__user=self.user)[:1]:
            client_remove(client=client)

    def answer(self, response) -> None:
        """Hold a token against the membership of this moment."""
        if response.status_code != 200:
            return
        envelope = response.json()
        claims = jwt.decode(envelope["access_token"], options={"verify_signature": False})
        now = Membership.objects.filter(user=self.user, organization=self.lab.organization).first()
        assert now is not None, "a token for somebody who is no member"
        assert not now.is_blocked
        held = {role.identifier for role in now.roles.all()}
        assert set(claims["roles"]) == held
        client = Client.objects.get(client_id=claims["client_id"])
        assert client.membership == now
        assert client.mandate is None or client.mandate.revoked_at is None
        assert set(claims["scope"].split()) <= {"openid"}
        is_denied = self.mikro.denied_users.filter(pk=self.user.pk).exists()
        allowed = {one.pk for one in self.mikro.allowed_users.all()}
        if is_denied or (allowed and self.user.pk not in allowed):
            assert "mikro" not in claims["aud"]
            assert "mikro" not in envelope["instances"]
        if "refresh_token" in envelope:
            self.envelopes.append(envelope)


class _Undo(Exception):
    """Takes an example back."""


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, max_size=12))
def test_no_sequence_leaves_a_token_that_opens_more_than_its_membership(lab, steps):
    with pytest.raises(_Undo), transaction.atomic():
        story = Story(lab)
        for step, what in [("approve", set()), *steps]:
            try:
                with transaction.atomic():
                    story.run(step, what)
            except PlatformError:
                continue
        raise _Undo
