"""What a browser session remembers: who logged in, when, and which organization they chose."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import auth
from django.http import HttpRequest

from chassis import clock
from chassis.ids import new_id
from fakts_server.models.user import User

_LOGGED_IN_AT = "logged_in_at"
_PUBLIC_ID = "sid"
_ORGANIZATION = "organization"


def log_in(request: HttpRequest, user: User) -> None:
    """Begin a browser session; its key changes, so one that was planted is worth nothing."""
    auth.login(request, user)
    request.session[_LOGGED_IN_AT] = clock.now().timestamp()
    request.session[_PUBLIC_ID] = new_id()


def logged_in_at(request: HttpRequest) -> datetime | None:
    """Return when the person gave the password, if the session knows it."""
    moment = request.session.get(_LOGGED_IN_AT)
    return None if moment is None else datetime.fromtimestamp(moment, UTC)


def public_id(request: HttpRequest) -> str:
    """Return the name of the session that web apps may know (`sid`); the cookie stays secret."""
    return str(request.session.get(_PUBLIC_ID, ""))


def organization_last_used(request: HttpRequest) -> str:
    """Return the slug of the organization the person last worked in, or an empty text."""
    return str(request.session.get(_ORGANIZATION, ""))


def remember_organization(request: HttpRequest, slug: str) -> None:
    """Keep which organization the person works in."""
    if request.session.get(_ORGANIZATION) != slug:
        request.session[_ORGANIZATION] = slug
