"""A lab with all the rows that operations are about, each made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pytest
from appside import Api, manifest
from people import deployer_client, member, principal

from chassis import clock
from fakts_server.adapters.seal import invite_token
from fakts_server.domain.authorization import challenge_of
from fakts_server.domain.errors import AdminAsked
from fakts_server.domain.mandate import MandateClaimant
from fakts_server.domain.secret import digest
from fakts_server.models.credential import DeviceCode, RefreshToken
from fakts_server.models.group import Group
from fakts_server.models.instance import InstanceAlias, Service
from fakts_server.models.joining import MembershipRequest
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership, Role
from fakts_server.models.setting import Strategy
from fakts_server.models.user import User
from fakts_server.operations.authorization import Login, authorization_grant
from fakts_server.operations.device_code import device_code_approve
from fakts_server.operations.instance import Access, instance_create
from fakts_server.operations.joining import invite_create
from fakts_server.operations.mandate import mandate_key_create
from fakts_server.operations.mandate_issue import Ceiling
from fakts_server.operations.remote_value import Target, value_set
from fakts_server.operations.web_app import WebAppWish, web_app_register
from fakts_server.selectors.instance import default_hub
from fakts_server.wire.manifest import ManifestBody

ADDRESSES = ["https://viewer.example/back"]


@dataclass
class Scene:
    """A lab with all the rows operations are about, each made when it is asked for."""

    lab: Membership
    api: Api

    @cached_property
    def ada(self):
        return principal(self.lab)

    @cached_property
    def eve(self):
        return member(self.lab, "eve")

    @cached_property
    def heir(self):
        return member(self.lab, "heir", "admin")

    @cached_property
    def zoe(self):
        return User.objects.create(username="zoe")

    @cached_property
    def invite(self):
        return invite_create(principal=self.ada)

    @property
    def link(self):
        return invite_token(self.invite.uid)

    @cached_property
    def instance(self):
        service = Service.objects.get(
            organization=self.lab.organization, identifier="live.arkitekt.mikro"
        )
        return instance_create(
            principal=self.ada, identifier="second", service=service.pk, access=Access()
        )

    @cached_property
    def alias(self):
        return InstanceAlias.objects.create(instance=self.instance, kind="absolute", host="a.b")

    @cached_property
    def group(self):
        return Group.objects.create(organization=self.lab.organization, name="some")

    @cached_property
    def value(self):
        return value_set(principal=self.ada, target=Target("a.b", None, None), value=1)

    @cached_property
    def party(self):
        wish = WebAppWish(name="viewer", redirect_uris=ADDRESSES, is_confidential=True)
        return web_app_register(principal=self.ada, wish=wish)[0]

    @cached_property
    def key(self):
        return mandate_key_create(grantor=self.lab, hub=default_hub(self.lab.organization))

    @cached_property
    def client(self):
        return device_code_approve(user_code=self.code, membership=self.lab)

    @cached_property
    def session(self):
        started = self.api.start()
        device_code_approve(user_code=started["user_code"], membership=self.lab)
        return self.api.poll(started).json()["refresh_token"]

    @property
    def chain(self):
        """The session of the app at hand."""
        return str(RefreshToken.objects.get(token_hash=digest(self.session)).chain)

    @property
    def code(self):
        return self.api.start()["user_code"]

    @property
    def ceiling(self):
        return Ceiling(ManifestBody.model_validate(manifest()))

    @property
    def wish(self):
        """The row of a device that eve asks for."""
        self.asked()
        return DeviceCode.objects.latest("pk").pk

    def asked(self):
        Strategy.objects.update_or_create(
            organization=self.lab.organization, defaults={"approval": "admin"}
        )
        with pytest.raises(AdminAsked):
            device_code_approve(user_code=self.code, membership=self.eve)

    @cached_property
    def agent(self):
        """An app that may issue keys for another."""
        client = deployer_client(self.lab)
        return principal(self.lab, client=client.client_id, app="org.example.agent")

    @cached_property
    def mandate(self):
        """What the agent may issue keys under."""
        return Mandate.objects.create(
            grantor=self.lab,
            hub=default_hub(self.lab.organization),
            claimant=MandateClaimant.AGENT.value,
            agent_identifier="org.example.agent",
            pin_identifier="org.example.blobs",
        )

    def request(self):
        return MembershipRequest.objects.create(
            organization=self.lab.organization, user=self.zoe
        ).pk

    def log_in_on_the_web(self):
        authorization_grant(
            login=Login(
                party=self.party,
                membership=self.lab,
                redirect_uri=ADDRESSES[0],
                challenge=challenge_of("v" * 43),
                scopes=["openid"],
                nonce="",
                logged_in_at=clock.now(),
                browser_session="s",
            )
        )

    def role(self):
        return Role.objects.create(organization=self.lab.organization, identifier="keeper").pk

    def old_value(self):
        """A version that another one has replaced."""
        first = self.value
        value_set(principal=self.ada, target=Target("a.b", None, None), value=2)
        return first.pk
