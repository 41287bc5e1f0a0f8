"""What all OAuth endpoints share: JSON answers, error codes, throttles."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError

from chassis.config import current
from chassis.errors import PlatformError
from chassis.http import json_response
from chassis.logs import get_logger
from fakts_server.adapters.throttle import floods
from fakts_server.config import FaktsConfig
from fakts_server.domain.errors import InvalidClient, InvalidRequest, OAuthError, TooManyStarts
from fakts_server.domain.throttle import Limit
from fakts_server.http.host import address_of
from fakts_server.selectors.relying_party import is_origin_of_party

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
            if request.method == "OPTIONS":
                return readable_by_web_apps(request, json_response({}))
            if request.method != "POST":
                raise _MethodNotAllowed("Send a POST request.")
            response = view(request)
        except PlatformError as error:
            response = _error(request, error)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return readable_by_web_apps(request, response)

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


def with_basic(request: HttpRequest, form: dict[str, str]) -> dict[str, str]:
    """Return a form with the client's id and secret from HTTP Basic added, if it used that."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        raise InvalidClient("The Basic authorization cannot be read.") from None
    # RFC 6749 2.3.1 encodes both as form values before they are joined.
    name, _, key = (unquote_plus(part) for part in text.partition(":"))
    if form.get("client_id", name) != name:
        raise InvalidClient("client_id is not the one of the Basic authorization.")
    return {**form, "client_id": name, "client_secret": key}


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


def readable_by_web_apps(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let pages of registered web apps read the answer; no cookie takes part in these requests."""
    origin = request.headers.get("Origin", "")
    if origin and is_origin_of_party(origin):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Headers"] = "authorization, content-type"
        response["Access-Control-Max-Age"] = "600"
    if origin:
        response["Vary"] = "Origin"
    return response


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
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="fakts"'
    if status == 405:
        response["Allow"] = "POST"
    return response
