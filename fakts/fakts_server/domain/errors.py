"""What goes wrong in the handshake, as OAuth 2.0 names it (RFC 6749, 8628 and 8707)."""

from __future__ import annotations

from typing import ClassVar

from chassis.errors import Conflict, PlatformError


class OAuthError(PlatformError):
    """The request could not be granted."""

    code: ClassVar[str] = "invalid_request"
    http_status: ClassVar[int] = 400


class InvalidRequest(OAuthError):
    """The request is missing a parameter or has one that cannot be used."""

    code = "invalid_request"


class InvalidClient(OAuthError):
    """The client is not known here; it may have been replaced by a newer registration."""

    code = "invalid_client"
    http_status = 401


class InvalidGrant(OAuthError):
    """The code, key or token is not valid, has expired or was revoked."""

    code = "invalid_grant"


class InvalidScope(OAuthError):
    """None of the requested scopes can be granted."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):
    """A service the app cannot do without is not offered here."""

    code = "invalid_target"


class UnsupportedGrantType(OAuthError):
    """This grant type is not offered here."""

    code = "unsupported_grant_type"


class AuthorizationPending(OAuthError):
    """Nobody has decided about this device yet."""

    code = "authorization_pending"


class SlowDown(OAuthError):
    """The device polls faster than it was asked to."""

    code = "slow_down"


class TooManyStarts(OAuthError):
    """Too many requests from this address; wait a minute before trying again."""

    code = "slow_down"
    http_status = 429


class AccessDenied(OAuthError):
    """The request was denied."""

    code = "access_denied"


class ExpiredToken(OAuthError):
    """The device code has expired; start again."""

    code = "expired_token"


class UnauthorizedClient(OAuthError):
    """This web app may not log people of this organization in."""

    code = "unauthorized_client"


class UnsupportedResponseType(OAuthError):
    """Only `response_type=code` is offered here."""

    code = "unsupported_response_type"


class LoginRequired(OAuthError):
    """Nobody is logged in, and the web app asked not to show a page."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """The person has not agreed to this yet, and the web app asked not to show a page."""

    code = "consent_required"


class AccountSelectionRequired(OAuthError):
    """The person has to choose an organization, and the web app asked not to show a page."""

    code = "account_selection_required"


class RequestNotSupported(OAuthError):
    """Request objects are not read here; send plain parameters."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """Requests are not fetched from addresses here; send plain parameters."""

    code = "request_uri_not_supported"


class RegistrationNotSupported(OAuthError):
    """Web apps are registered by an admin, not by their requests."""

    code = "registration_not_supported"


class AdminAsked(Conflict):
    """An admin has to let this app in; they see that you ask for it. Leave the app waiting."""
