"""Errors that a caller may see: each has a stable code, an HTTP status and one sentence.

The sentence of an error is its docstring unless the raiser knows a better one. Doors (HTTP,
GraphQL, sockets) translate them; nothing else of an exception ever reaches a caller.
"""

from __future__ import annotations

from typing import ClassVar


class PlatformError(Exception):
    """The request could not be carried out."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        self.message = message or " ".join((self.__doc__ or "").split())
        self.field = field
        super().__init__(self.message)

    def as_dict(self) -> dict[str, str]:
        """Return the JSON body: `error`, `error_description` and, if known, `field`."""
        body = {"error": self.code, "error_description": self.message}
        if self.field is not None:
            body["field"] = self.field
        return body


class Unauthenticated(PlatformError):
    """A valid access token is needed: none came, or it has expired or is for another service."""

    code = "UNAUTHENTICATED"
    http_status = 403


class PermissionDenied(PlatformError):
    """The caller's roles do not allow this; an admin of the organization can grant them."""

    code = "PERMISSION_DENIED"
    http_status = 403


class NotFound(PlatformError):
    """There is no such object here."""

    code = "NOT_FOUND"
    http_status = 404


class InvalidInput(PlatformError):
    """The request is not of the form this call takes."""

    code = "INVALID_INPUT"
    http_status = 400


class Conflict(PlatformError):
    """The request contradicts the present state of the object."""

    code = "CONFLICT"
    http_status = 409


class PayloadTooLarge(PlatformError):
    """The request is larger than this server accepts."""

    code = "PAYLOAD_TOO_LARGE"
    http_status = 413


class UnsupportedMediaType(PlatformError):
    """The request body has a content type this call does not take."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    http_status = 415


class RateLimited(PlatformError):
    """Too many requests; wait before trying again."""

    code = "RATE_LIMITED"
    http_status = 429

    def __init__(
        self, message: str | None = None, *, retry_after: int = 1, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        #: Seconds until the next try may succeed.
        self.retry_after = retry_after


class NotSupported(PlatformError):
    """This server does not offer this operation yet."""

    code = "NOT_SUPPORTED"
    http_status = 501


class Unavailable(PlatformError):
    """A part this request needs is not reachable at the moment; try again shortly."""

    code = "UNAVAILABLE"
    http_status = 503


class DiskFull(PlatformError):
    """The server's disk is nearly full: nothing new can be kept until somebody makes room."""

    code = "DISK_FULL"
    http_status = 507
