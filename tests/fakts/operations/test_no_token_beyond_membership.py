"""Whatever happens in whatever order, a token opens at most what its membership has now."""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import Protocol

import jwt
from appside import Api, requirement
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from people import member, principal

from chassis.errors import PlatformError
from fakts_server.models.client import Client
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.organization import Membership
from fakts_server.operations.device_code import device_code_approve
from fakts_server.operations.instance import Access, instance_update
from fakts_server.operations.mandate import mandate_key_create, mandate_revoke
from fakts_server.operations.membership import member_block, member_roles_set, member_take_out
from fakts_server.operations.removal import client_remove
from fakts_server.operations.session import session_revoke
from fakts_server.operations.user import member_set
from fakts_server.wire.token import RevocationForm

NEEDS = [
    requirement("rekuest", "live.arkitekt.rekuest", optional=True),
    requirement("mikro", "live.arkitekt.mikro", optional=True),
]
ROLES = ["user", "editor", "viewer", "admin"]


class StandingClock(Protocol):
    """What the fixture `now` gives."""

    def forward(self, seconds: float) -> None: ...


def refused_or_done(step):
    """Carry a step out; what is refused changes nothing and gives nothing."""

    @functools.wraps(step)
    def tried(self, **what):
        with suppress(PlatformError), transaction.atomic():
            return step(self, **what)
        return None

    return tried


def change(step):
    """Do the same, and try at once whatever was given before."""
    tried = refused_or_done(step)

    @functools.wraps(step)
    def changed(self, **what):
        tried(self, **what)
        self.try_all()

    return changed


def kept(step):
    """Do the same for what gives something to go on with; None gives nothing."""
    tried = refused_or_done(step)

    @functools.wraps(step)
    def given(self, **what):
        made = tried(self, **what)
        return multiple() if made is None else made

    return given


def is_member(story: Story) -> bool:
    return story.eve is not None


class Story(RuleBasedStateMachine):
    """Eve and her apps, as ada lets them be."""

    envelopes = Bundle("envelopes")
    keys = Bundle("keys")

    def __init__(self, lab: Membership, now: StandingClock) -> None:
        super().__init__()
        # Time moves by rules alone, or a busy machine would change what happens; and what is
        # counted by address in one story is forgotten in the next.
        self.now = now
        now.forward(3600)
        # Each story is taken back, so that the next one finds the lab as it was.
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.lab, self.api, self.ada = lab, Api(), principal(lab)
        self.eve: Membership | None = member(lab, "eve")
        self.user = self.eve.user
        #: The newest logins and the keys that were given.
        self.open: list[dict] = []
        self.given: list[str] = []
        self.mikro = ServiceInstance.objects.get(
            hub=lab.organization.hubs.get(), identifier="mikro"
        )

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(target=envelopes)
    def first(self):
        envelope = self.let_in(frozenset())
        assert envelope is not None
        return envelope

    def let_in(self, declined):
        started = self.api.start(requirements=NEEDS)
        device_code_approve(user_code=started["user_code"], membership=self.eve, declined=declined)
        return self.held(self.api.poll(started))

    @precondition(is_member)
    @rule(target=envelopes, declined=st.frozensets(st.sampled_from(["rekuest", "mikro"])))
    @kept
    def approve(self, declined):
        return self.let_in(declined)

    @rule(target=envelopes, envelope=envelopes)
    @kept
    def refresh(self, envelope):
        return self.held(self.api.refresh(envelope))

    @rule(envelope=envelopes)
    @change
    def end_session(self, envelope):
        session_revoke(form=RevocationForm(token=envelope["refresh_token"]))
        assert self.api.refresh(envelope).status_code == 400

    @precondition(is_member)
    @rule(target=keys)
    @kept
    def key(self):
        hub = self.lab.organization.hubs.get()
        made = mandate_key_create(grantor=self.eve, hub=hub)
        self.given.append(made[1])
        return made

    @rule(key=keys)
    @refused_or_done
    def key_login(self, key):
        self.held(self.api.mandate(key[1], requirements=NEEDS))

    @rule(key=keys)
    @change
    def revoke_key(self, key):
        mandate_revoke(mandate=key[0])
        assert self.api.mandate(key[1], requirements=NEEDS).status_code == 400

    @precondition(is_member)
    @rule(words=st.sets(st.sampled_from(ROLES), min_size=1))
    @change
    def roles(self, words):
        member_roles_set(principal=self.ada, membership_id=self.eve.pk, roles=sorted(words))

    @precondition(is_member)
    @rule(blocked=st.booleans())
    @change
    def block(self, blocked):
        member_block(principal=self.ada, membership_id=self.eve.pk, blocked=blocked)

    @precondition(is_member)
    @rule()
    @change
    def remove(self):
        member_take_out(principal=self.ada, membership_id=self.eve.pk)
        self.eve = None

    @rule(role=st.sampled_from(ROLES))
    @change
    def rejoin(self, role):
        self.eve = member_set(user=self.user, organization=self.lab.organization, roles=[role])

    @rule(is_denied=st.booleans())
    @change
    def deny(self, is_denied):
        self.open_to(Access(denied_users=[self.user.pk] if is_denied else []))

    @rule(is_closed=st.booleans())
    @change
    def allow_others(self, is_closed):
        self.open_to(Access(allowed_users=[self.lab.user_id] if is_closed else []))

    @rule(seconds=st.sampled_from([1, 90, 1200]))
    def wait(self, seconds):
        self.now.forward(seconds)

    def open_to(self, access) -> None:
        instance_update(principal=self.ada, instance_id=self.mikro.pk, access=access)

    @rule()
    @change
    def remove_client(self):
        for client in Client.objects.filter(membership__user=self.user)[:1]:
            client_remove(client=client)

    def try_all(self) -> None:
        """Log in by all that was given."""
        for envelope in list(self.open):
            self.held(self.api.refresh(envelope))
        for key in self.given[-2:]:
            self.held(self.api.mandate(key, requirements=NEEDS))

    def held(self, response):
        """Hold a token against the membership of this moment; keep what can be refreshed."""
        if response.status_code != 200:
            return None
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
        if "refresh_token" not in envelope:
            return None
        self.open = [*self.open[-2:], envelope]
        return envelope


def test_no_sequence_leaves_a_token_that_opens_more_than_its_membership(lab, now):
    run_state_machine_as_test(
        lambda: Story(lab, now),
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
