"""What apps ask for while they run, with a bearer token: values, and reports of hubs."""

from __future__ import annotations

import hashlib

import orjson
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from chassis.errors import PlatformError, Unauthenticated
from chassis.http import error_response, json_response, read_json
from chassis.identity import Principal, get_verifier
from fakts_server.domain.errors import InvalidRequest
from fakts_server.http.oauth import parse
from fakts_server.operations.hub import hub_report
from fakts_server.operations.session import session_load
from fakts_server.selectors.scope import client_of
from fakts_server.selectors.setting import audit_csv
from fakts_server.wire.health import HubHealthBody


@require_safe
async def values(request: HttpRequest) -> HttpResponse:
    """The values of the app that asks; `If-None-Match` makes asking again cheap."""
    try:
        principal = await _bearer(request)
        body = orjson.dumps(await sync_to_async(_values)(principal), option=orjson.OPT_SORT_KEYS)
    except PlatformError as error:
        return error_response(error)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    asked = request.headers.get("If-None-Match", "")
    fresh = tag in [part.strip().removeprefix("W/") for part in asked.split(",")]
    response = HttpResponse(
        b"" if fresh else body, status=304 if fresh else 200, content_type="application/json"
    )
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


@csrf_exempt
async def hub_health(request: HttpRequest) -> HttpResponse:
    """What a hub says about its instances."""
    try:
        if request.method != "POST":
            raise InvalidRequest("Send a POST request.")
        principal = await _bearer(request)
        body = parse(HubHealthBody, read_json(request))
        await sync_to_async(hub_report)(principal=principal, body=body)
    except PlatformError as error:
        return error_response(error)
    return json_response({"status": "reported"}, cache_control="no-store")


@require_safe
async def audit(request: HttpRequest) -> HttpResponse:
    """The audit trail as CSV, for admins."""
    try:
        principal = await _bearer(request)
        text = await sync_to_async(lambda: "".join(audit_csv(principal)))()
    except PlatformError as error:
        return error_response(error)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _values(principal: Principal) -> dict[str, object]:
    return session_load(client_of(principal).pk).values


async def _bearer(request: HttpRequest) -> Principal:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        raise Unauthenticated()
    return await get_verifier().verify(bearer.strip())
