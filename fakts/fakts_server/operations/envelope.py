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
from fakts_server.domain.session import Session, Wire
from fakts_server.operations.signing_key import sign
from fakts_server.wire.token import AliasAnswer, Envelope, InstanceAnswer


def envelope(*, session: Session, origin: Origin, refresh_token: str | None = None) -> Envelope:
    """Build the answer for a session, for a caller at an origin."""
    config = current(FaktsConfig)
    answer: Envelope = {
        "access_token": sign(_claims(config, session)),
        "token_type": "Bearer",
        "expires_in": config.access_token_seconds,
        "scope": " ".join(session.scopes),
        "client_id": session.client_id,
        "self": {
            "deployment_name": config.deployment_name,
            "alias": _self_alias(config, origin),
            "sub": str(session.user_id),
            "organization": str(session.organization_id),
            "hub": session.hub_uid,
        },
        "instances": {wire.key: _instance(config, wire, origin) for wire in session.wires},
        "statuses": _statuses(session),
        "values": session.values,
    }
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    return answer


def _claims(config: FaktsConfig, session: Session) -> dict[str, object]:
    now = int(clock.now().timestamp())
    claims: dict[str, object] = {
        "iss": config.tokens.issuer,
        "sub": str(session.user_id),
        "aud": sorted({wire.identifier for wire in session.wires} | {config.audience}),
        "iat": now,
        "exp": now + config.access_token_seconds,
        "jti": new_id(),
        "client_id": session.client_id,
        "preferred_username": session.username,
        "roles": session.roles,
        "scope": " ".join(session.scopes),
        "org": str(session.organization_id),
        "active_org": session.organization_slug,
        "hub": session.hub_uid,
        "client_role": session.role,
        "client_app": session.app,
        "client_release": session.release,
        "client_device": session.device,
        "client_generation": session.generation,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _statuses(session: Session) -> dict[str, str]:
    # An instance that was withdrawn since the approval takes its mapping with it.
    wired = {wire.key for wire in session.wires}
    return {
        key: GrantStatus.UNAVAILABLE.value
        if status == GrantStatus.GRANTED and key not in wired
        else status
        for key, status in session.statuses.items()
    }


def _self_alias(config: FaktsConfig, origin: Origin) -> AliasAnswer:
    rule = AliasRule("self", AliasKind.RELATIVE, config.path_prefix.strip("/"), "ht")
    return cast(AliasAnswer, asdict(render(rule, origin)))


def _instance(config: FaktsConfig, wire: Wire, origin: Origin) -> InstanceAnswer:
    certificates = wire.certificates
    # With certificates an app uses https alone; who came by plain http would have no address left.
    if not certificates and origin.is_secure:
        certificates = config.certificates
    return {
        "service": wire.service,
        "identifier": wire.identifier,
        "aliases": [cast(AliasAnswer, asdict(item)) for item in render_all(wire.aliases, origin)],
        "challenge_key": {"kind": "ed25519", "key": wire.challenge_key}
        if wire.challenge_key
        else None,
        "tls": {"certificates": certificates} if certificates else None,
    }
