"""People for tests: members with roles, and the principals their tokens make."""

from __future__ import annotations

import time
from typing import Any

from chassis.identity.principal import Principal
from fakts_server.models.client import Client
from fakts_server.models.organization import Membership
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.user import user_create
from fakts_server.selectors.instance import default_hub

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


def member(beside: Membership, username: str, role: str = "user") -> Membership:
    """Make a person a member of the organization another one is in."""
    return user_create(
        username=username, organization=beside.organization, role=role, password=None
    )


def principal(membership: Membership, **changes: Any) -> Principal:
    """What services make of a token of a member with the roles they have now."""
    values: dict[str, Any] = {
        "subject": str(membership.user_id),
        "username": membership.user.username,
        "organization": str(membership.organization_id),
        "organization_slug": membership.organization.slug,
        "client": "test-client",
        "roles": frozenset(membership.roles.values_list("identifier", flat=True)),
        "scopes": frozenset({"openid", "read"}),
        "issuer": "bauhof",
        "expires_at": time.time() + 3600,
    }
    return Principal(**{**values, **changes})


def web_app(membership: Membership, *, first_party: bool, client_id: str = "dashboard") -> Client:
    """A member's login in a web app, ours or that of others."""
    party, _ = RelyingParty.objects.update_or_create(
        client_id=f"web-{client_id}", defaults={"name": client_id, "is_builtin": first_party}
    )
    client = deployer_client(membership, client_id=client_id)
    client.relying_party = party
    client.granted_scopes = ["openid"]
    client.save()
    return client


def deployer_client(membership: Membership, client_id: str = "deployer-1") -> Client:
    """An installed app of a member, without the ceremony of letting it in."""
    return Client.objects.create(
        client_id=client_id,
        membership=membership,
        hub=default_hub(membership.organization),
        client_type=Client.CLIENT_PUBLIC,
        client_secret="",
        hash_client_secret=False,
        authorization_grant_type=Client.GRANT_DEVICE_CODE,
        granted_scopes=["openid", "read"],
    )
