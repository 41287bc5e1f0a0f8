"""Private signing keys as files of mode 0600, and the signing of tokens with them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from chassis.ids import new_id
from chassis.secretfile import ensure_secret, read_secret

ALGORITHM = "RS256"
_KEY_BITS = 2048
_KID = re.compile(r"[0-9a-f-]{36}")


def create_key(state_dir: Path) -> tuple[str, dict[str, Any]]:
    """Make a key pair; return its id and its public half as a JSON Web Key."""
    kid = new_id()
    key = generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    ensure_secret(_path(state_dir, kid), pem.decode)
    public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    jwk = {k: public[k] for k in ("kty", "n", "e")}
    return kid, {**jwk, "kid": kid, "use": "sig", "alg": ALGORITHM}


def has_key(state_dir: Path, kid: str) -> bool:
    """Tell whether this installation still has the private half of a key."""
    return _path(state_dir, kid).is_file()


def forget_key(state_dir: Path, kid: str) -> None:
    """Remove the private half of a key that signs no more."""
    _path(state_dir, kid).unlink(missing_ok=True)


def sign(state_dir: Path, kid: str, claims: dict[str, Any], kind: str) -> str:
    """Return the claims as a signed token; `kind` is its `typ`."""
    return jwt.encode(
        claims, _load(state_dir, kid), algorithm=ALGORITHM, headers={"kid": kid, "typ": kind}
    )


def read_id_token(keys: list[dict[str, Any]], token: str) -> dict[str, Any] | None:
    """Return the claims of an ID token signed by one of our keys, expired or not, else None."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((entry for entry in keys if entry["kid"] == kid), None)
        if key is None:
            return None
        claims = jwt.decode(
            token,
            jwt.PyJWK.from_dict(key),
            algorithms=[ALGORITHM],
            options={"verify_exp": False, "verify_sub": False, "verify_aud": False},
        )
    except jwt.PyJWTError:
        return None
    # An access token is for services, which are several; an ID token is for one web app.
    return claims if isinstance(claims.get("aud"), str) else None


def _path(state_dir: Path, kid: str) -> Path:
    if not _KID.fullmatch(kid):
        raise ValueError("not a key id")
    return state_dir / "signing" / f"{kid}.pem"


@lru_cache(maxsize=8)
def _load(state_dir: Path, kid: str) -> RSAPrivateKey:
    pem = read_secret(_path(state_dir, kid)).encode()
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, RSAPrivateKey)
    return key
