"""What a web app may ask of the authorization endpoint, and where its answer may go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode, urlsplit, urlunsplit

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Prompt(StrEnum):
    """How the person is to be asked (OpenID Connect Core 3.1.2.1)."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


class Next(StrEnum):
    """What has to happen before a web app gets its code."""

    GRANT = "grant"
    LOG_IN = "log_in"
    LOG_IN_AGAIN = "log_in_again"
    ASK = "ask"


@dataclass(frozen=True)
class Visit:
    """Who sits at the browser, as far as a request of a web app is concerned."""

    is_logged_in: bool
    logged_in_at: datetime | None = None
    is_expected_person: bool = True
    has_consented: bool = False
    has_one_organization: bool = True


def next_step(
    prompts: Collection[Prompt], max_age: timedelta | None, visit: Visit, now: datetime
) -> Next:
    """Decide what a request needs; `prompt=none` turns all but `GRANT` into an error."""
    if not visit.is_logged_in:
        return Next.LOG_IN
    too_old = max_age is not None and (
        visit.logged_in_at is None or now - visit.logged_in_at > max_age
    )
    if Prompt.LOGIN in prompts or too_old or not visit.is_expected_person:
        return Next.LOG_IN_AGAIN
    if {Prompt.CONSENT, Prompt.SELECT_ACCOUNT} & set(prompts):
        return Next.ASK
    if not visit.has_consented or not visit.has_one_organization:
        return Next.ASK
    return Next.GRANT


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_challenge(text: str) -> bool:
    """Tell whether a text can be an S256 challenge."""
    return _CHALLENGE.fullmatch(text) is not None


def verifier_fits(verifier: str, challenge: str) -> bool:
    """Tell whether a verifier belongs to a challenge; takes the same time for all wrong ones."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge_of(verifier), challenge)


def left_half(token: str) -> str:
    """Return the `at_hash` of a token signed with a SHA-256 algorithm."""
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def uri_problem(uri: str) -> str | None:
    """Return why an address cannot be registered as one to send people back to, or None.

    A path alone (`/login/done`) means that page on whichever of our own origins the person is.
    """
    if uri.startswith("/") and not uri.startswith(("//", "/\\")):
        return "must not have a fragment" if "#" in uri else None
    parts = urlsplit(uri)
    if "#" in uri:
        return "must not have a fragment"
    if parts.scheme == "https" and parts.hostname:
        return None
    if parts.scheme == "http" and parts.hostname and _is_loopback(uri):
        return None
    if "." in parts.scheme:
        return None  # A name in reverse domain notation: an app on a device claims it.
    return "must be https, http on this very machine, or a scheme such as org.example.app"


def uri_allowed(uri: str, registered: Iterable[str], origin: str) -> bool:
    """Tell whether an address is one of those registered, compared letter by letter.

    The port of a loopback address is free (RFC 8252), because native apps get a random one.
    """
    return any(_same(uri, rule, origin) for rule in registered)


def origins_of(registered: Iterable[str], origin: str) -> list[str]:
    """Return the origins of the pages people are sent back to, each once."""
    found = (_origin(origin + rule if rule.startswith("/") else rule) for rule in registered)
    return list(dict.fromkeys(item for item in found if item))


def with_answer(uri: str, answer: dict[str, str | None]) -> str:
    """Return an address with an answer added to its query."""
    parts = urlsplit(uri)
    extra = urlencode({key: value for key, value in answer.items() if value is not None})
    query = "&".join(part for part in (parts.query, extra) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _same(uri: str, rule: str, origin: str) -> bool:
    if rule.startswith("/"):
        return uri == origin + rule
    if uri == rule:
        return True
    return _is_loopback(rule) and _is_loopback(uri) and _portless(uri) == _portless(rule)


def _is_loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    host = parts.netloc.rpartition(":")[0] or parts.netloc
    if parts.netloc.endswith("]"):
        host = parts.netloc
    return parts.scheme == "http" and host in _LOOPBACK


def _portless(uri: str) -> tuple[str, str | None, str, str]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.path, parts.query


def _origin(uri: str) -> str | None:
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc}"
