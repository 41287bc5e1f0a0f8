"""Grants of the front: credentials that carry their own scope, so that nothing is looked up.

The session token holds bucket, path, mode, limit and expiry under an HMAC of the shared secret;
the secret key is derived from the token, so a token that was read on the wire signs nothing.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from chassis.objectstore.contract import GrantScope, Mode

_ACCESS_PREFIX = "BHF"
_VERSION = "b1"


class TokenInvalid(Exception):
    """The session token is not one of ours, or belongs to another access key."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a session token says. Without a scope it opens everything: the service's own."""

    id: str
    scope: GrantScope | None
    expires_at: float

    @property
    def access_key(self) -> str:
        """The access key that goes with the token."""
        return _ACCESS_PREFIX + self.id


@dataclass(frozen=True, slots=True)
class Credentials:
    """The three strings a client signs with."""

    access_key: str
    secret_key: str
    session_token: str


class _Wire(msgspec.Struct, array_like=True):
    id: str
    expires_at: int
    bucket: str
    path: str
    kind: str
    max_bytes: int | None
    client: str = ""
    generation: int = 0


_decoder = msgspec.json.Decoder(_Wire)


def mint(master: str, scope: GrantScope | None, expires_at: float) -> Credentials:
    """Make credentials for a scope, or for everything."""
    wire = _Wire(secrets.token_hex(9)[:17].upper(), int(expires_at), "", "", "service", None)
    if scope is not None:
        wire.bucket, wire.path, wire.max_bytes = scope.bucket, scope.path, scope.max_bytes
        wire.kind = f"{'key' if scope.key is not None else 'prefix'}-{scope.mode}"
        wire.client, wire.generation = scope.client, scope.generation
    body = _base64(msgspec.json.encode(wire))
    token = f"{_VERSION}.{body}.{_base64(_mac(master, f'token:{body}'))}"
    return Credentials(_ACCESS_PREFIX + wire.id, secret_of(master, token), token)


def secret_of(master: str, token: str) -> str:
    """Return the secret key that belongs to a session token."""
    return _base64(_mac(master, f"secret:{token}"))


@lru_cache(maxsize=4096)
def read(master: str, token: str) -> Claims:
    """Return what a token says, expired or not; raise `TokenInvalid`."""
    version, _, rest = token.partition(".")
    body, _, mac = rest.partition(".")
    if version != _VERSION or not rest.isascii():
        raise TokenInvalid
    if not hmac.compare_digest(mac, _base64(_mac(master, f"token:{body}"))):
        raise TokenInvalid
    wire = _decoder.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return Claims(wire.id, _scope(wire), wire.expires_at)


def _scope(wire: _Wire) -> GrantScope | None:
    if wire.kind == "service":
        return None
    kind, _, mode = wire.kind.partition("-")
    return GrantScope(
        bucket=wire.bucket,
        prefix=wire.path if kind == "prefix" else None,
        key=wire.path if kind == "key" else None,
        mode=Mode(mode),
        max_bytes=wire.max_bytes,
        client=wire.client,
        generation=wire.generation,
    )


def _mac(master: str, text: str) -> bytes:
    return hmac.digest(master.encode(), text.encode(), "sha256")


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
