"""Secrets as they are handed out and as they are kept.

All of them carry 256 random bits, so a plain SHA-256 is enough to keep: there is no dictionary to
try. Passwords are another matter and are left to Django's hashers.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

PREFIX_LENGTH = 10
USER_CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE_LENGTH = 8


def new_secret(tag: str) -> str:
    """Return a secret such as `bmk_...`; the tag tells a leaked one's kind to scanners."""
    return f"{tag}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """Return what is stored instead of the secret."""
    return hashlib.sha256(secret.encode("utf8", "surrogatepass")).hexdigest()


def matches(secret: str, kept: str) -> bool:
    """Tell whether a secret is the one whose digest was kept, in the same time for all others."""
    return hmac.compare_digest(digest(secret), kept)


def visible_prefix(secret: str) -> str:
    """Return the first characters, by which people recognise a key in a list."""
    return secret[:PREFIX_LENGTH]


def new_user_code() -> str:
    """Return a code people can type, without vowels so that it never spells a word."""
    letters = "".join(secrets.choice(USER_CODE_ALPHABET) for _ in range(USER_CODE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def normalize_user_code(text: str) -> str | None:
    """Return the stored form of a typed code, or None when it cannot be one."""
    letters = "".join(char for char in text.upper() if char not in " -\t")
    if len(letters) != USER_CODE_LENGTH or any(c not in USER_CODE_ALPHABET for c in letters):
        return None
    return f"{letters[:4]}-{letters[4:]}"


def device_fingerprint(pepper: str, salt: str, device_id: str) -> str:
    """Return a device id as one organization may know it; two organizations cannot compare."""
    message = f"{salt}:{device_id}".encode("utf8", "surrogatepass")
    return hmac.new(pepper.encode(), message, hashlib.sha256).hexdigest()
