"""Fixtures of the GraphQL tests.

- `ours`, `theirs`: people of two organizations with rows of all kinds, and tokens for them
- `as_member`: a token for a membership, with changes
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from appside import Api, requirement

from chassis.testing.mint import Member
from fakts_server.models.client import Client
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership
from fakts_server.operations.device_code import device_code_approve
from fakts_server.operations.mandate import mandate_key_create
from fakts_server.selectors.instance import default_hub

APP = "org.example.blobs"


@dataclass(frozen=True)
class Side:
    """One organization: a member with a token, its client, a mandate and an instance."""

    member: Member
    membership: Membership
    client: Client
    mandate: Mandate
    instance: ServiceInstance


@pytest.fixture
def as_member(mint) -> Callable[..., Member]:
    def token(membership: Membership, **changes: Any) -> Member:
        claims = {
            "sub": str(membership.user_id),
            "preferred_username": membership.user.username,
            "org": str(membership.organization_id),
            "active_org": membership.organization.slug,
            "client_app": APP,
            **changes,
        }
        return mint.member(**claims)

    return token


@pytest.fixture
def side(transactional_db, as_member) -> Callable[[Membership], Side]:
    def build(membership: Membership) -> Side:
        slug = membership.organization.slug
        api = Api()
        started = api.start(
            identifier=APP,
            version=f"{slug}-1.0",
            scopes=["openid", "read"],
            requirements=[requirement("rekuest", "live.arkitekt.rekuest")],
        )
        client = device_code_approve(
            user_code=started["user_code"], membership=membership, device_name=f"{slug}-pc"
        )
        mandate, _ = mandate_key_create(
            grantor=membership, hub=default_hub(membership.organization), label=f"{slug}-key"
        )
        return Side(
            member=as_member(membership, client_id=client.client_id),
            membership=membership,
            client=client,
            mandate=mandate,
            instance=ServiceInstance.objects.get(
                hub__organization=membership.organization, identifier="rekuest"
            ),
        )

    return build


@pytest.fixture
def ours(side, lab) -> Side:
    return side(lab)


@pytest.fixture
def theirs(side, rival) -> Side:
    return side(rival)
