"""Fixtures of the GraphQL tests.

- `ours`, `theirs`: people of two organizations with rows of all kinds, and tokens for them
- `as_member`: a token for a membership, with changes
- `mate`: another member of ours; `ask`: one root field's answer to our admin
- `ids`, `refused`: rows of both by what they are, and mutations held against tables of refusals
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from appside import Api, requirement
from asgiref.sync import sync_to_async
from people import member
from refusing import filled, rows_of

from chassis.testing.mint import Member
from chassis.testing.tenancy import RootField, operation_for
from fakts_server.app import SCHEMA
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


@pytest.fixture
def mate(ours):
    return sync_to_async(member)(ours.membership, "eve")


@pytest.fixture
def ask(graphql, ours):
    """Ask as the admin; the one root field's answer."""

    async def send(document: str, who=None, **variables: Any) -> Any:
        data = (await graphql(document, who or ours.member, **variables)).ok()
        [answer] = data.values()
        return answer

    return send


@pytest.fixture
def ids(ours, theirs) -> dict[str, str]:
    return {**rows_of(ours, ""), **rows_of(theirs, "their-")}


@pytest.fixture
def refused(graphql, ours, ids):
    """Hold a mutation against a table; all rows that are answered otherwise are told at once."""

    async def check(name: str, table: list[tuple[dict[str, Any], str, str | None]]) -> None:
        faults = []
        for wish, code, field in table:
            document, variables = operation_for(
                SCHEMA, RootField("mutation", name), {"input": filled(wish, ids)}
            )
            answer = await graphql(document, ours.member, **variables)
            said = (answer.codes, [one["extensions"].get("field") for one in answer.errors])
            if said != ([code], [field]):
                faults.append((wish, said))
        assert faults == []

    return check
