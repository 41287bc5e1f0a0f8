"""The alias challenge: a service proves by a signature that it is the one fakts knows."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.errors import InvalidInput
from chassis.secretfile import ensure_secret

KEY_FILE = "challenge.key"
_CONTEXT = "fakts-challenge-v1:"
_NONCE = re.compile(r"[A-Za-z0-9_\-]{1,128}")


def sign_nonce(state_dir: Path, nonce: str) -> str:
    """Return the base64 Ed25519 signature over the client's nonce."""
    if not _NONCE.fullmatch(nonce):
        raise InvalidInput("The nonce may hold 1 to 128 URL-safe characters.", field="nonce")
    signature = _private_key(state_dir).sign((_CONTEXT + nonce).encode())
    return base64.b64encode(signature).decode()


def public_key(state_dir: Path) -> str:
    """Return the raw public key as base64; the key pair is made at first use."""
    raw = _private_key(state_dir).public_key().public_bytes_raw()
    return base64.b64encode(raw).decode()


@lru_cache(maxsize=8)
def _private_key(state_dir: Path) -> Ed25519PrivateKey:
    def make() -> str:
        return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()

    return Ed25519PrivateKey.from_private_bytes(
        base64.b64decode(ensure_secret(state_dir / KEY_FILE, make))
    )
