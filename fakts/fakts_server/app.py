"""Wiring of the service: routes, start-up, background work."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from asgiref.sync import sync_to_async
from django.urls import URLPattern, path
from prometheus_client import REGISTRY

from chassis.config import current
from chassis.identity import TokenVerifier, set_verifier
from chassis.jobs import Job
from chassis.metrics import before_metrics
from chassis.parts.lookup import LookedUp
from fakts_server.adapters import gateway
from fakts_server.config import FaktsConfig
from fakts_server.graphql.schema import schema
from fakts_server.http import account, authorize, endpoints, invite, media, openid, pages, values
from fakts_server.http.orders import orders_served
from fakts_server.http.page import style
from fakts_server.http.synthetic import tell_check
from fakts_server.jobs.disk import note_disks
from fakts_server.jobs.sweep import sweep_expired
from fakts_server.jobs.synthetic import check_platform
from fakts_server.operations.bootstrap import bootstrap
from fakts_server.selectors.revocation import revocations_alive
from fakts_server.selectors.signing_key import public_keys


@contextlib.asynccontextmanager
async def own_keys() -> AsyncIterator[None]:
    """Verify tokens with the keys of this very service, unless a key file is configured."""

    async def keys() -> Mapping[str, Any]:
        return {"keys": await sync_to_async(public_keys)()}

    async def revocations() -> Mapping[str, Any]:
        return {"revoked": await sync_to_async(revocations_alive)()}

    config = current(FaktsConfig)
    if config.tokens.jwks_file is not None:
        yield
        return
    set_verifier(
        TokenVerifier(config.tokens, audience=config.audience, keys=keys, revocations=revocations)
    )
    yield
    set_verifier(None)


urlpatterns: list[URLPattern] = [
    path(".well-known/fakts", endpoints.well_known),
    path("o/app-authorization/", endpoints.app_authorization),
    path("o/token/", endpoints.token),
    path("o/revoke/", endpoints.revoke),
    path("o/jwks/", endpoints.jwks),
    path("o/revocations/", endpoints.revocations),
    path(".well-known/openid-configuration", openid.configuration),
    path("o/authorize/", authorize.authorize),
    path("o/authorize/decide/", authorize.decide),
    path("o/userinfo/", openid.userinfo),
    path("o/logout/", openid.end_session),
    path("o/logout/confirm/", openid.end_session_confirm),
    path("f/report/", endpoints.report),
    path("f/values/", values.values),
    path("f/hub-health/", values.hub_health),
    path("f/audit.csv", values.audit),
    path("media/", media.upload),
    path("media/<uuid:uid>", media.show),
    path("", pages.home),
    path("f/", pages.home),
    path("setup/<str:token>", pages.setup),
    path("invite/<str:token>", invite.invite),
    path("login/", pages.login),
    path("logout/", pages.logout),
    path("account/", account.account),
    path("account/password/", account.password),
    path("account/sessions/", account.sessions),
    path("account/apps/", account.apps),
    path("account/keys/", account.keys),
    path("account/requests/", account.requests),
    path("configure/", pages.enter_code),
    path("configure/<str:user_code>", pages.configure),
    path("configure/<str:user_code>/", pages.configure),
    path("static/fakts.css", style),
]
ROOT_URLPATTERNS: list[URLPattern] = [
    path(".well-known/fakts", endpoints.well_known),
    path(".well-known/openid-configuration", openid.configuration),
]
before_metrics.append(tell_check)
if current(FaktsConfig).gateway_metrics is not None:
    REGISTRY.register(LookedUp(gateway.look))
BOOTSTRAP: list[Callable[[], None]] = [bootstrap]
JOBS: list[Job] = [sweep_expired, note_disks, check_platform]
LIFESPAN: list[Callable[[], AbstractAsyncContextManager[None]]] = [own_keys, orders_served]
SCHEMA = schema
