"""Makers of identifiers and secrets."""

from __future__ import annotations

import secrets
import uuid


def new_id() -> str:
    """Return a random identifier (uuid4, 36 characters)."""
    return str(uuid.uuid4())


def new_secret(nbytes: int = 32) -> str:
    """Return a URL-safe secret of `nbytes` random bytes."""
    return secrets.token_urlsafe(nbytes)
