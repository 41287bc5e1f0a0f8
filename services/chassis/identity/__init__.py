"""Who is asking: verification of access tokens and the principal they stand for."""

from __future__ import annotations

from chassis.identity.principal import Principal
from chassis.identity.verifier import TokenVerifier, get_verifier, set_verifier

__all__ = ["Principal", "TokenVerifier", "get_verifier", "set_verifier"]
