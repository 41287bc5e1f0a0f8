"""Tokens that say inside which task a request is made, signed by the broker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from chassis.config import TokensConfig, current
from chassis.errors import PlatformError
from chassis.identity.keys import KeyRing
from chassis.logs import get_logger
from mikro_server.config import MikroConfig, ProvenanceConfig

logger = get_logger(__name__)

HEADER = "rekuest-task"
_LONGEST = 16 * 1024
_ALGORITHMS = ["EdDSA", "RS256", "ES256"]


@dataclass(frozen=True, slots=True)
class TaskClaims:
    """What a verified token says of its task."""

    task_id: str
    parent_task_id: str | None
    root_task_id: str
    assigner_sub: str
    caller_sub: str
    agent_sub: str
    agent_client_id: str
    issuer: str
    token_id: str
    args_hash: str
    args_hash_algorithm: str


class ProvenanceVerifier:
    """Verifies offline, with keys fetched once in a while."""

    def __init__(self, config: ProvenanceConfig, audience: str) -> None:
        self._config = config
        self._audience = audience
        self._ring = KeyRing(TokensConfig(jwks_url=config.jwks_url, jwks_file=config.jwks_file))

    @property
    def is_configured(self) -> bool:
        """Whether there is a key set to verify with."""
        return self._config.jwks_url is not None or self._config.jwks_file is not None

    async def verify(self, token: str) -> TaskClaims:
        """Return the claims of a token signed for this service; raise `jwt.PyJWTError`."""
        head = jwt.get_unverified_header(token)
        key = await self._ring.get(str(head.get("kid") or ""))
        if key is None:
            raise jwt.InvalidKeyError("unknown key")
        claims = jwt.decode(
            token,
            key,
            algorithms=_ALGORITHMS,
            audience=self._audience,
            issuer=self._config.issuer,
            options={"require": ["iss", "aud", "sub", "exp", "tsk"]},
        )
        return _claims(claims)


def _claims(claims: Mapping[str, Any]) -> TaskClaims:
    act = claims.get("act") or {}
    task = str(claims["tsk"])
    return TaskClaims(
        task_id=task,
        parent_task_id=str(claims["ptk"]) if claims.get("ptk") else None,
        root_task_id=str(claims.get("rtk") or task),
        assigner_sub=str(claims.get("rcb") or claims["sub"]),
        caller_sub=str(claims["sub"]),
        agent_sub=str(act.get("sub") or ""),
        agent_client_id=str(act.get("cid") or ""),
        issuer=str(claims["iss"]),
        token_id=str(claims.get("jti") or ""),
        args_hash=str(claims.get("ahs") or ""),
        args_hash_algorithm=str(claims.get("aha") or ""),
    )


class _Holder:
    """The one verifier of the process; a test may take it away."""

    verifier: ProvenanceVerifier | None = None


_held = _Holder()


def set_provenance_verifier(verifier: ProvenanceVerifier | None) -> None:
    """Use this verifier; None makes one of the configuration at the next request."""
    _held.verifier = verifier


async def claimed_task(headers: Mapping[str, str]) -> TaskClaims | None:
    """Return the task a request names, if its token can be trusted; else nothing is recorded."""
    token = headers.get(HEADER) or headers.get("Rekuest-Task")
    if not token:
        return None
    if _held.verifier is None:
        config = current(MikroConfig)
        _held.verifier = ProvenanceVerifier(config.provenance, config.audience)
    if not _held.verifier.is_configured or len(token) > _LONGEST:
        return None
    try:
        return await _held.verifier.verify(token)
    except (jwt.PyJWTError, PlatformError, KeyError, TypeError, AttributeError) as error:
        logger.warning(
            "a task token is not trusted: %s", error, extra={"event": "provenance.refused"}
        )
        return None
