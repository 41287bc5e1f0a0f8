"""OpenID Connect beside the authorization endpoint: metadata, userinfo, log-out."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from pydantic import ValidationError

from chassis.config import current
from chassis.errors import InvalidInput, PlatformError, Unauthenticated
from chassis.http import json_response
from chassis.identity import Principal, get_verifier
from chassis.logs import get_logger
from fakts_server.adapters import keystore
from fakts_server.config import FaktsConfig
from fakts_server.domain.authorization import origins_of, uri_allowed, with_answer
from fakts_server.http import browsing
from fakts_server.http.host import base_of, origin_of
from fakts_server.http.page import page, see_other, show
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.session import session_load
from fakts_server.selectors.person import organizations_of, person_claims
from fakts_server.selectors.relying_party import relying_party_get
from fakts_server.selectors.scope import client_of
from fakts_server.selectors.signing_key import public_keys
from fakts_server.wire.openid import LogoutQuery, UserInfo, provider_metadata

logger = get_logger(__name__)


@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """The provider's metadata, on the origin the caller used."""
    document = provider_metadata(
        base=base_of(request), scopes=list(current(FaktsConfig).scopes), locales=["en"]
    )
    return json_response(
        document,
        cache_control="no-store",
        vary="Host",
        access_control_allow_origin="*",
    )


@csrf_exempt
async def userinfo(request: HttpRequest) -> HttpResponse:
    """What the scopes of an access token let its holder know about the person."""
    response = await _userinfo(request)
    # The token is the proof and no cookie is read, so any page that has one may ask.
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "no-store"
    return response


async def _userinfo(request: HttpRequest) -> HttpResponse:
    if request.method == "OPTIONS":
        allowed = {"access_control_allow_headers": "authorization", "access_control_max_age": "600"}
        return json_response({}, 200, **allowed)
    if request.method not in ("GET", "POST"):
        return json_response({"error": "invalid_request"}, 405, allow="GET, POST")
    try:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not bearer.strip():
            return _challenge("", "Send an access token.")
        principal = await get_verifier().verify(bearer.strip())
        if "openid" not in principal.scopes:
            return _challenge("insufficient_scope", "The scope openid is needed.", 403)
        return json_response(await sync_to_async(_claims)(principal))
    except PlatformError as error:
        return _challenge("invalid_token", error.message)


def _claims(principal: Principal) -> UserInfo:
    client = client_of(principal)
    try:
        session = session_load(client.pk)
    except PlatformError as error:
        raise Unauthenticated(error.message) from None
    claims = person_claims(session, principal.scopes)
    if client.relying_party is not None and client.relying_party.is_builtin:
        claims["organizations"] = organizations_of(session.user_id)
    return claims


def _challenge(error: str, text: str, status: int = 401) -> HttpResponse:
    fields = f'error="{error}", error_description="{text}"' if error else ""
    response = json_response(
        {"error": error or "invalid_request", "error_description": text}, status
    )
    response["WWW-Authenticate"] = f"Bearer {fields}".strip()
    return response


@csrf_exempt
@page
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request: HttpRequest) -> HttpResponse:
    """Log out because a web app asks so: at once if it proves to know the session, else ask."""
    query, party, hint = _who_asks(request)
    onward = _onward(request, query, party)
    if not request.user.is_authenticated:
        return _logged_out(request, onward)
    if hint is not None and _is_of_session(request, hint):
        return _end(request, onward)
    targets = origins_of([onward], origin_of(request).url) if onward else []
    return show(request, "logout", form_targets=targets, party=party, query=query)


@page
@require_http_methods(["POST"])
def end_session_confirm(request: HttpRequest) -> HttpResponse:
    """Log out because the person said so on our page."""
    query, party, _ = _who_asks(request)
    return _end(request, _onward(request, query, party))


def _who_asks(
    request: HttpRequest,
) -> tuple[LogoutQuery, RelyingParty | None, dict[str, Any] | None]:
    """Return the request, the web app behind it, and what its ID token says."""
    source = request.POST if request.method == "POST" else request.GET
    try:
        query = LogoutQuery.model_validate(dict(source.items()))
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise InvalidInput(f"The parameter {field} cannot be read.", field=field) from None
    hint = None
    if query.id_token_hint:
        hint = keystore.read_id_token(public_keys(), query.id_token_hint)
    client_id = str(hint["aud"]) if hint is not None else query.client_id
    if query.client_id and query.client_id != client_id:
        raise InvalidInput("id_token_hint belongs to another web app.", field="client_id")
    return query, relying_party_get(client_id), hint


def _onward(request: HttpRequest, query: LogoutQuery, party: RelyingParty | None) -> str | None:
    uri = query.post_logout_redirect_uri
    if not uri or party is None:
        return None
    if not uri_allowed(uri, party.post_logout_redirect_uris, origin_of(request).url):
        raise InvalidInput(
            "The web app did not register the address it wants you back at after the log-out.",
            field="post_logout_redirect_uri",
        )
    return with_answer(uri, {"state": query.state})


def _is_of_session(request: HttpRequest, claims: dict[str, Any]) -> bool:
    sid = browsing.public_id(request)
    return bool(sid) and claims.get("sid") == sid and claims.get("sub") == str(request.user.pk)


def _end(request: HttpRequest, onward: str | None) -> HttpResponse:
    auth.logout(request)
    logger.info("a web app ended a session", extra={"event": "session.ended"})
    return _logged_out(request, onward)


def _logged_out(request: HttpRequest, onward: str | None) -> HttpResponse:
    return see_other(onward) if onward is not None else show(request, "logged_out")
