"""The token answer: an access token, and where everything is for the caller's origin."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from chassis import clock
from chassis.config import current
from chassis.ids import new_id
from fakts_server.config import FaktsConfig
from fakts_server.domain.alias import AliasKind, AliasRule, render, render_all
from fakts_server.domain.origin import Origin
from fakts_server.domain.requirement import GrantStatus
from fakts_server.models.client import Client, ServiceInstanceMapping
from fakts_server.operations.signing_key import sign
from fakts_server.selectors.session import alias_rule, mappings_of
from fakts_server.wire.token import AliasAnswer, Envelope, InstanceAnswer


def envelope(
    *, client: Client, roles: list[str], origin: Origin, refresh_token: str | None = None
) -> Envelope:
    """Build the answer for a client whose session relations are loaded."""
    config = current(FaktsConfig)
    mappings = mappings_of(client)
    membership = client.membership
    assert membership is not None
    assert client.hub is not None
    answer: Envelope = {
        "access_token": _access_token(client, roles, mappings),
        "token_type": "Bearer",
        "expires_in": config.access_token_seconds,
        "scope": " ".join(client.granted_scopes),
        "client_id": client.client_id,
        "self": {
            "deployment_name": config.deployment_name,
            "alias": _self_alias(config, origin),
            "sub": str(membership.user_id),
            "organization": str(membership.organization_id),
            "hub": str(client.hub.uid),
        },
        "instances": {item.key: _instance(item, origin) for item in mappings},
        "statuses": _statuses(client, {item.key for item in mappings}),
    }
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    return answer


def _access_token(client: Client, roles: list[str], mappings: list[ServiceInstanceMapping]) -> str:
    config = current(FaktsConfig)
    membership = client.membership
    assert membership is not None
    assert client.hub is not None
    now = int(clock.now().timestamp())
    audience = {mapping.instance.identifier for mapping in mappings}
    claims: dict[str, object] = {
        "iss": config.tokens.issuer,
        "sub": str(membership.user_id),
        "aud": sorted(audience | {config.audience}),
        "iat": now,
        "exp": now + config.access_token_seconds,
        "jti": new_id(),
        "client_id": client.client_id,
        "preferred_username": membership.user.username,
        "roles": roles,
        "scope": " ".join(client.granted_scopes),
        "org": str(membership.organization_id),
        "active_org": membership.organization.slug,
        "hub": str(client.hub.uid),
        "client_role": client.role,
    }
    if client.release is not None:
        claims["client_app"] = client.release.app.identifier
        claims["client_release"] = client.release.version
    if client.device is not None:
        claims["client_device"] = client.device.fingerprint
    return sign(claims)


def _statuses(client: Client, wired: set[str]) -> dict[str, str]:
    # An instance that was withdrawn since the approval takes its mapping with it.
    return {
        key: GrantStatus.UNAVAILABLE.value
        if status == GrantStatus.GRANTED and key not in wired
        else status
        for key, status in client.statuses.items()
    }


def _self_alias(config: FaktsConfig, origin: Origin) -> AliasAnswer:
    rule = AliasRule("self", AliasKind.RELATIVE, config.path_prefix.strip("/"), "ht")
    return cast(AliasAnswer, asdict(render(rule, origin)))


def _instance(mapping: ServiceInstanceMapping, origin: Origin) -> InstanceAnswer:
    instance = mapping.instance
    rules = [alias_rule(alias) for alias in instance.aliases.all()]
    return {
        "service": instance.release.service.identifier,
        "identifier": instance.identifier,
        "aliases": [cast(AliasAnswer, asdict(item)) for item in render_all(rules, origin)],
        "challenge_key": {"kind": "ed25519", "key": instance.challenge_key}
        if instance.challenge_key
        else None,
        "tls": {"certificates": instance.certificates} if instance.certificates else None,
    }
