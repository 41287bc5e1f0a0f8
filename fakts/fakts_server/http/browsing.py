"""What a browser session remembers: who logged in, when, and which organization they chose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib import auth
from django.http import HttpRequest

from chassis import clock
from fakts_server.domain.secret import digest
from fakts_server.http.host import address_of
from fakts_server.models.user import User
from fakts_server.operations.browser_session import browser_session_describe, browser_session_see
from fakts_server.selectors.account import browser_session_uid

_LOGGED_IN_AT = "logged_in_at"
_ORGANIZATION = "organization"
_SEEN_AT = "seen_at"
# A write per page would be dear for telling people when a browser was last used.
_SEEN_STEP = timedelta(minutes=5)


def log_in(request: HttpRequest, user: User) -> None:
    """Begin a browser session; its key changes, so one that was planted is worth nothing."""
    auth.login(request, user)
    request.session[_LOGGED_IN_AT] = clock.now().timestamp()
    describe(request, user)


def describe(request: HttpRequest, user: User) -> None:
    """Keep by what the person will recognise this browser in the list of sessions."""
    request.session.save()
    browser_session_describe(
        key=key_of(request),
        user=user,
        address=address_of(request),
        user_agent=request.headers.get("User-Agent", ""),
    )


def see(request: HttpRequest) -> None:
    """Note now and then that the session is in use."""
    now = clock.now()
    last = request.session.get(_SEEN_AT, 0)
    if request.user.is_authenticated and now.timestamp() - last > _SEEN_STEP.total_seconds():
        request.session[_SEEN_AT] = now.timestamp()
        browser_session_see(key=key_of(request))


def key_of(request: HttpRequest) -> str:
    """Return the name of the session's row, which is not the secret of the cookie."""
    return digest(request.session.session_key or "")


def logged_in_at(request: HttpRequest) -> datetime | None:
    """Return when the person gave the password, if the session knows it."""
    moment = request.session.get(_LOGGED_IN_AT)
    return None if moment is None else datetime.fromtimestamp(moment, UTC)


def public_id(request: HttpRequest) -> str:
    """Return the name of the session that web apps may know (`sid`)."""
    return browser_session_uid(key_of(request))


def organization_last_used(request: HttpRequest) -> str:
    """Return the slug of the organization the person last worked in, or an empty text."""
    return str(request.session.get(_ORGANIZATION, ""))


def remember_organization(request: HttpRequest, slug: str) -> None:
    """Keep which organization the person works in."""
    if request.session.get(_ORGANIZATION) != slug:
        request.session[_ORGANIZATION] = slug
