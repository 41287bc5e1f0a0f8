"""The machine endpoints of the handshake; `protocol 2` of the released clients."""

from __future__ import annotations

from importlib.metadata import version

import orjson
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from chassis.config import current
from chassis.errors import PlatformError, Unauthenticated
from chassis.http import error_response, json_response, read_form, read_json
from chassis.identity import get_verifier
from fakts_server.config import FaktsConfig
from fakts_server.domain.errors import (
    AuthorizationPending,
    InvalidRequest,
    SlowDown,
    UnsupportedGrantType,
)
from fakts_server.http.host import address_of, base_of, origin_of
from fakts_server.http.oauth import (
    count_failure,
    oauth_endpoint,
    parse,
    throttle_failures,
    throttle_starts,
    with_basic,
)
from fakts_server.operations.authorization import authorization_redeem
from fakts_server.operations.device_code import device_code_poll, device_code_start
from fakts_server.operations.mandate import mandate_key_login
from fakts_server.operations.report import report_store
from fakts_server.operations.session import session_refresh, session_revoke
from fakts_server.selectors.revocation import revocations_alive
from fakts_server.selectors.signing_key import public_keys
from fakts_server.wire.device_authorization import DeviceAuthorizationBody
from fakts_server.wire.discovery import discovery
from fakts_server.wire.report import ReportBody
from fakts_server.wire.token import (
    AUTHORIZATION_CODE_GRANT,
    DEVICE_CODE_GRANT,
    MANDATE_KEY_GRANT,
    REFRESH_GRANT,
    AuthorizationCodeForm,
    DeviceCodeForm,
    Envelope,
    MandateKeyForm,
    RefreshForm,
    RevocationForm,
)

_JWKS_MAX_AGE_SECONDS = 30


@require_safe
def well_known(request: HttpRequest) -> HttpResponse:
    """Discovery: where everything is, on the origin the caller used."""
    config = current(FaktsConfig)
    document = discovery(
        base=base_of(request),
        name=config.deployment_name,
        description=config.description,
        version=version("bauhof"),
        issuer=config.tokens.issuer,
    )
    return json_response(document, cache_control="no-store", vary="Host")


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys tokens are signed with."""
    return json_response(
        {"keys": public_keys()},
        cache_control=f"public, max-age={_JWKS_MAX_AGE_SECONDS}",
        access_control_allow_origin="*",
    )


@require_safe
def revocations(request: HttpRequest) -> HttpResponse:
    """Clients whose tokens are refused before they expire, for the services that verify them."""
    return json_response({"revoked": revocations_alive()}, cache_control="no-store")


@oauth_endpoint
def app_authorization(request: HttpRequest) -> HttpResponse:
    """Device authorization with manifest registration."""
    throttle_starts(request)
    body = parse(DeviceAuthorizationBody, read_json(request))
    answer = device_code_start(body=body, base=base_of(request), address=address_of(request))
    return json_response(answer)


@oauth_endpoint
def token(request: HttpRequest) -> HttpResponse:
    """The token endpoint: poll, refresh (and static credentials), mandate key."""
    limit = throttle_failures(request)
    try:
        return json_response(_grant(request, read_form(request)))
    except (AuthorizationPending, SlowDown):
        raise
    except PlatformError:
        count_failure(request, limit)
        raise


@oauth_endpoint
def revoke(request: HttpRequest) -> HttpResponse:
    """Revocation (RFC 7009); the answer is an object because the clients read one."""
    session_revoke(form=parse(RevocationForm, read_form(request)))
    return json_response({})


@csrf_exempt
async def report(request: HttpRequest) -> HttpResponse:
    """What a client found out about its addresses."""
    try:
        if request.method != "POST":
            raise InvalidRequest("Send a POST request.")
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not bearer:
            raise Unauthenticated()
        principal = await get_verifier().verify(bearer.strip())
        body = parse(ReportBody, read_json(request))
        await sync_to_async(report_store)(principal=principal, body=body)
    except PlatformError as error:
        return error_response(error)
    return json_response({"status": "reported"}, cache_control="no-store")


def _grant(request: HttpRequest, form: dict[str, str]) -> Envelope:
    origin = origin_of(request)
    grant_type = form.get("grant_type")
    if grant_type == DEVICE_CODE_GRANT:
        return device_code_poll(form=parse(DeviceCodeForm, form), origin=origin)
    if grant_type == REFRESH_GRANT:
        return session_refresh(form=parse(RefreshForm, with_basic(request, form)), origin=origin)
    if grant_type == MANDATE_KEY_GRANT:
        return mandate_key_login(form=_mandate_form(form), origin=origin)
    if grant_type == AUTHORIZATION_CODE_GRANT:
        code = parse(AuthorizationCodeForm, with_basic(request, form))
        return authorization_redeem(form=code, origin=origin, issuer=base_of(request))
    if not grant_type:
        raise InvalidRequest("grant_type is missing.", field="grant_type")
    raise UnsupportedGrantType()


def _mandate_form(form: dict[str, str]) -> MandateKeyForm:
    try:
        manifest = orjson.loads(form.get("manifest", ""))
    except orjson.JSONDecodeError:
        raise InvalidRequest("manifest: must be a JSON object as text.", field="manifest") from None
    return parse(MandateKeyForm, {**form, "manifest": manifest})
