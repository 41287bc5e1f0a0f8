"""`GET /ht`: is this service ready, and if not, why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from chassis.challenge import sign_nonce
from chassis.config import ServiceConfig, current
from chassis.http import json_response

#: Returns None when all is well, else one sentence.
Check = Callable[[], Awaitable[str | None]]

_CHECK_TIMEOUT_SECONDS = 2.0
#: Load balancers, containers and clients all ask; one look at the database a second is enough.
_REMEMBER_SECONDS = 1.0
_last: tuple[float, dict[str, str]] = (float("-inf"), {})


def _select_one() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        close_old_connections()


async def _database() -> str | None:
    try:
        await sync_to_async(_select_one, thread_sensitive=False)()
    except DatabaseError:
        return "The database does not answer."
    return None


def _checks() -> dict[str, Check]:
    app = import_module(f"{settings.BAUHOF_PACKAGE}.app")
    more: dict[str, Check] = getattr(app, "HEALTH_CHECKS", {})
    return {"database": _database, **more}


async def _run(check: Check) -> str:
    try:
        return await asyncio.wait_for(check(), _CHECK_TIMEOUT_SECONDS) or "ok"
    except TimeoutError:
        return f"No answer within {_CHECK_TIMEOUT_SECONDS:g} s."


async def readiness() -> dict[str, str]:
    """Return each check with `ok` or the reason why it is not."""
    global _last  # noqa: PLW0603 - a cache of one entry
    moment, found = _last
    if time.monotonic() - moment > _REMEMBER_SECONDS:
        checks = _checks()
        outcomes = await asyncio.gather(*map(_run, checks.values()))
        found = dict(zip(checks, outcomes, strict=True))
        _last = (time.monotonic(), found)
    return found


@require_safe
async def health_view(request: HttpRequest) -> HttpResponse:
    """Answer 200 when ready, 503 with reasons when not; with `?nonce=` sign it."""
    config = current(ServiceConfig)
    checks = await readiness()
    ready = all(outcome == "ok" for outcome in checks.values())
    body: dict[str, object] = {
        "status": "ok" if ready else "unavailable",
        "service": config.service,
        "checks": checks,
    }
    nonce = request.GET.get("nonce")
    if nonce is not None:
        body["signature"] = await asyncio.to_thread(partial(sign_nonce, config.state_dir, nonce))
    return json_response(body, 200 if ready else 503, cache_control="no-store")
