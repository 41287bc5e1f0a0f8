"""What all pages share: headers, errors as pages, and throttled guesses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_safe

from chassis.config import current
from chassis.errors import PlatformError, RateLimited
from chassis.logs import get_logger
from fakts_server.adapters.throttle import failures, forgive, record_failure
from fakts_server.config import FaktsConfig
from fakts_server.http import browsing
from fakts_server.http.host import address_of
from fakts_server.http.sentences import sentence
from fakts_server.models.user import User

logger = get_logger(__name__)

P = ParamSpec("P")
PageView = Callable[Concatenate[HttpRequest, P], HttpResponse]

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_POLICY_HEADER = "Content-Security-Policy"
_STYLE = Path(__file__).parent.parent / "static" / "fakts.css"
# An address may hide many people, and an account must not be locked by any stranger.
_ADDRESS_FACTOR = 5
_ACCOUNT_FACTOR = 10


def page(view: PageView[P]) -> PageView[P]:
    """Make a view a page: never cached, never framed, no scripts, errors as pages."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            try:
                browsing.see(request)
                response = view(request, *args, **kwargs)
            except PlatformError as error:
                logger.info(
                    "refused: %s", error.code, extra={"event": "page.refused", "path": request.path}
                )
                response = show(request, "problem", status=error.http_status, reason=error.message)
        return response if _POLICY_HEADER in response else sealed(response)

    return wrapped


def login_required(view: PageView[P]) -> PageView[P]:
    """Send people who are not logged in to the log-in page, and back afterwards."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return HttpResponseRedirect(
                f"{url('login/')}?{urlencode({'next': request.get_full_path()})}"
            )
        return view(request, *args, **kwargs)

    return wrapped


def person(request: HttpRequest) -> User:
    """Return who is logged in; only for views behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user


def sealed(response: HttpResponse, form_targets: Sequence[str] = ()) -> HttpResponse:
    """Add the headers that keep a page out of caches, frames and scripts.

    `form_targets` are the other origins its forms may lead to.
    """
    targets = " ".join(["'self'", *form_targets])
    response[_POLICY_HEADER] = _POLICY.format(targets=targets)
    response["Cache-Control"] = "no-store"
    return response


def see_other(target: str) -> HttpResponse:
    """Send the browser on with a GET; unlike Django's redirects, also to an app's own scheme."""
    response = HttpResponse(status=303)
    response["Location"] = target
    return response


def show(
    request: HttpRequest,
    template: str,
    *,
    status: int = 200,
    form_targets: Sequence[str] = (),
    **context: Any,
) -> HttpResponse:
    """Render a page."""
    config = current(FaktsConfig)
    base = {
        "deployment": config.deployment_name,
        "root": config.path_prefix,
        "release": version("bauhof"),
        "language": translation.get_language() or "en",
    }
    told: dict[str, Any] = {
        key: sentence(context[key]) for key in ("problem", "reason") if key in context
    }
    response = render(request, f"fakts/{template}.html", {**base, **context, **told}, status=status)
    response["Content-Language"] = translation.get_language() or "en"
    response["Vary"] = "Accept-Language, Cookie"
    return sealed(response, form_targets)


def url(path: str) -> str:
    """Return the path of a page of this service."""
    return f"{current(FaktsConfig).path_prefix}/{path}"


def safe_next(request: HttpRequest, candidate: str) -> str:
    """Return where to go after the log-in: only to pages of ours, never to another site."""
    inside = url_has_allowed_host_and_scheme(candidate, allowed_hosts=None)
    return candidate if inside and candidate.startswith(url("")) else url("configure/")


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """The one style sheet."""
    response = HttpResponse(_STYLE.read_bytes(), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response


class Guesses:
    """Counts wrong guesses of one kind; raises `RateLimited` when there were too many."""

    def __init__(self, kind: str, most: int, seconds: int) -> None:
        self._kind = kind
        self._most = most
        self._window = timedelta(seconds=seconds)

    def check(self, request: HttpRequest, account: str) -> None:
        """Refuse a further guess when there were too many."""
        for subject, most in self._limits(request, account):
            if failures(self._kind, subject, self._window) >= most:
                minutes = max(1, round(self._window.total_seconds() / 60))
                raise RateLimited(
                    f"Too many wrong tries. Wait {minutes} minutes and try again.",
                    retry_after=int(self._window.total_seconds()),
                )

    def count(self, request: HttpRequest, account: str) -> None:
        """Count a wrong guess."""
        for subject, _ in self._limits(request, account):
            record_failure(self._kind, subject, self._window)

    def forgive(self, request: HttpRequest, account: str) -> None:
        """Forget the wrong guesses of an account from this address after a right one."""
        forgive(self._kind, f"{account.lower()}@{address_of(request)}")

    def _limits(self, request: HttpRequest, account: str) -> list[tuple[str, int]]:
        address = address_of(request)
        return [
            (f"{account.lower()}@{address}", self._most),
            (f"account:{account.lower()}", self._most * _ACCOUNT_FACTOR),
            (f"address:{address}", self._most * _ADDRESS_FACTOR),
        ]


def login_guesses() -> Guesses:
    """Wrong passwords."""
    limits = current(FaktsConfig).throttles
    return Guesses("login", limits.login_failures, limits.login_window_seconds)


def code_guesses() -> Guesses:
    """Wrong user codes."""
    limits = current(FaktsConfig).throttles
    return Guesses("code", limits.user_code_failures, limits.user_code_window_seconds)
