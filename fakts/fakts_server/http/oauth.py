"""What all OAuth endpoints share: JSON answers, error codes, throttles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError

from chassis.config import current
from chassis.errors import PlatformError
from chassis.http import json_response
from chassis.logs import get_logger
from fakts_server.adapters.throttle import floods
from fakts_server.config import FaktsConfig
from fakts_server.domain.errors import InvalidRequest, OAuthError, TooManyStarts
from fakts_server.domain.throttle import Limit
from fakts_server.http.host import address_of

logger = get_logger(__name__)

M = TypeVar("M", bound=BaseModel)
View = Callable[[HttpRequest], HttpResponse]

#: Codes of the platform that have a name in OAuth; the rest is `invalid_request`.
_OAUTH_CODES = {"RATE_LIMITED": "slow_down", "UNAVAILABLE": "temporarily_unavailable"}


def oauth_endpoint(view: View) -> View:
    """Make a view an OAuth endpoint: POST only, no CSRF (no cookie is read), errors as JSON."""

    @csrf_exempt
    @wraps(view)
    def endpoint(request: HttpRequest) -> HttpResponse:
        try:
            if request.method != "POST":
                raise _MethodNotAllowed("Send a POST request.")
            response = view(request)
        except PlatformError as error:
            response = _error(request, error)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return response

    return endpoint


def parse(model: type[M], data: Mapping[str, object]) -> M:
    """Read a body, or raise `InvalidRequest` that names the first wrong field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        message = str(first["msg"]).removeprefix("Value error, ")
        raise InvalidRequest(f"{field}: {message}" if field else message, field=field) from None


def throttle_starts(request: HttpRequest) -> None:
    """Count the beginning of a device login; far too many from one address are refused."""
    limit = Limit(current(FaktsConfig).throttles.starts_per_minute, 60)
    if not floods.allow(f"start:{address_of(request)}", limit):
        raise TooManyStarts()


def throttle_failures(request: HttpRequest) -> Limit:
    """Refuse an address that has failed far too often; return the limit to count failures by."""
    limit = Limit(current(FaktsConfig).throttles.token_failures_per_minute, 60)
    if floods.is_full(f"token:{address_of(request)}", limit):
        raise TooManyStarts()
    return limit


def count_failure(request: HttpRequest, limit: Limit) -> None:
    """Count a failed token request of an address."""
    floods.allow(f"token:{address_of(request)}", limit)


class _MethodNotAllowed(OAuthError):
    """This endpoint takes POST requests only."""

    http_status = 405


def _error(request: HttpRequest, error: PlatformError) -> HttpResponse:
    code = error.code if isinstance(error, OAuthError) else None
    body = error.as_dict()
    body["error"] = code or _OAUTH_CODES.get(error.code, "invalid_request")
    logger.info(
        "refused: %s",
        body["error"],
        extra={"event": "oauth.refused", "path": request.path, "reason": error.message},
    )
    status = error.http_status
    response = json_response(body, status)
    if status == 429:
        response["Retry-After"] = "60"
    if status == 405:
        response["Allow"] = "POST"
    return response
