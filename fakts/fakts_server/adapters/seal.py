"""Secrets that can be shown again because they are derived: links and upload policies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from functools import lru_cache
from pathlib import Path

from chassis.config import current
from chassis.secretfile import ensure_secret
from fakts_server.config import FaktsConfig


def seal(purpose: str, text: str) -> str:
    """Return a signature only this installation can make; `purpose` keeps uses apart."""
    key = _key(current(FaktsConfig).state_dir)
    made = hmac.new(
        key.encode(), f"{purpose}\0{text}".encode("utf8", "surrogatepass"), hashlib.sha256
    ).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def is_sealed(purpose: str, text: str, signature: str) -> bool:
    """Compare a signature in constant time."""
    return hmac.compare_digest(seal(purpose, text).encode(), signature.encode("utf8", "replace"))


def invite_token(uid: uuid.UUID) -> str:
    """Return the secret in an invite's link."""
    return f"bin_{uid.hex}{seal('invite', uid.hex)}"


def invite_uid(token: str) -> uuid.UUID | None:
    """Return which invite a token is for, or None when we did not make it."""
    name, signature = token.removeprefix("bin_")[:32], token[36:]
    if not token.startswith("bin_") or not is_sealed("invite", name, signature):
        return None
    return uuid.UUID(name)


@lru_cache(maxsize=8)
def _key(state_dir: Path) -> str:
    return ensure_secret(state_dir / "links.key")
