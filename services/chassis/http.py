"""Helpers for plain HTTP endpoints, and the middleware that maps errors to answers."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.exceptions import (
    DisallowedHost,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.deprecation import MiddlewareMixin

from chassis.errors import (
    InvalidInput,
    PayloadTooLarge,
    PlatformError,
    RateLimited,
    UnsupportedMediaType,
)
from chassis.logs import get_logger, request_id

logger = get_logger(__name__)

_FORM = "application/x-www-form-urlencoded"


def json_response(data: object, status: int = 200, **headers: str) -> HttpResponse:
    """Return a JSON answer; header names are given with underscores (`cache_control=`)."""
    response = HttpResponse(
        orjson.dumps(data, default=str), status=status, content_type="application/json"
    )
    for name, value in headers.items():
        response[name.replace("_", "-").title()] = value
    return response


def error_response(error: PlatformError) -> HttpResponse:
    """Return the JSON answer of an error."""
    response = json_response(error.as_dict(), error.http_status, cache_control="no-store")
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


def read_body(request: HttpRequest) -> bytes:
    """Return the body, or raise `PayloadTooLarge` (bound: `limits.body_bytes`)."""
    try:
        return request.body
    except RequestDataTooBig:
        raise PayloadTooLarge() from None
    except UnreadablePostError:
        raise InvalidInput("The request body could not be read.") from None


def read_json(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object in the body, or raise a typed error."""
    if request.content_type not in {"application/json", "text/json"}:
        raise UnsupportedMediaType("Send the body as application/json.")
    try:
        data = orjson.loads(read_body(request))
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"The body is not valid JSON: {error.msg}.") from None
    if not isinstance(data, dict):
        raise InvalidInput("The body must be a JSON object.")
    return data


def read_form(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a form body (the last value of each), or raise a typed error."""
    if request.content_type != _FORM:
        raise UnsupportedMediaType(f"Send the body as {_FORM}.")
    read_body(request)
    try:
        return {key: str(value) for key, value in request.POST.items()}
    except TooManyFieldsSent:
        raise InvalidInput("The form has too many fields.") from None


class ErrorMiddleware(MiddlewareMixin):
    """Turns exceptions of views into typed answers; a traceback goes to the log only."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Map an exception of a view to its answer."""
        if isinstance(exception, PlatformError):
            return error_response(exception)
        if isinstance(exception, RequestDataTooBig):
            return error_response(PayloadTooLarge())
        if isinstance(exception, DisallowedHost):
            return error_response(InvalidInput("This host name is not served here."))
        if isinstance(exception, SuspiciousOperation):
            return error_response(InvalidInput())
        logger.error(
            "unexpected error in a view",
            exc_info=exception,
            extra={"event": "http.failed", "path": request.path},
        )
        return json_response(
            {
                "error": PlatformError.code,
                "error_description": "Something went wrong in the server; it has been logged.",
                "request_id": request_id.get(),
            },
            500,
        )
