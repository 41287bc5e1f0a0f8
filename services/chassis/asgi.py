"""The ASGI application of a service: routing, request ids, access log, lifespan."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from importlib import import_module
from types import ModuleType
from typing import Any

from chassis.background.desk import at_work
from chassis.config import ServiceConfig, current
from chassis.graphql.app import GraphQLApp
from chassis.ids import new_id
from chassis.logs import get_logger, request_id
from chassis.metrics import HTTP_REQUESTS, HTTP_SECONDS, WEBSOCKETS
from chassis.open_sockets import watched

logger = get_logger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan = Callable[[], AbstractAsyncContextManager[None]]

#: Of the request being served: its X-Forwarded-For header and the address it came from.
peer: ContextVar[tuple[str, str]] = ContextVar("peer", default=("", ""))

_REQUEST_ID = re.compile(r"[A-Za-z0-9_\-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Asked every few seconds by machines; logged only when they do not answer 200.
_QUIET = ("/ht", "/ht/", "/metrics", "/minio/health/live")


class Service:
    """Routes by path: GraphQL and sockets to their handlers, all else to Django."""

    def __init__(
        self,
        *,
        config: ServiceConfig,
        django: ASGIApp,
        graphql: ASGIApp | None,
        sockets: dict[str, ASGIApp],
        lifespan: Sequence[Lifespan],
    ) -> None:
        prefix = config.path_prefix
        self._django = django
        self._graphql = graphql
        self._graphql_paths = {f"{prefix}/graphql", f"{prefix}/graphql/"}
        self._sockets = {f"{prefix}/{name}": handler for name, handler in sockets.items()}
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        given = _header(scope, b"x-request-id")
        identifier = given if given and _REQUEST_ID.fullmatch(given) else new_id()
        token = request_id.set(identifier)
        host = (scope.get("client") or ("",))[0]
        peer.set((_header(scope, b"x-forwarded-for") or "", str(host)))
        try:
            if scope["type"] == "http":
                await self._http(scope, receive, send, identifier)
            elif scope["type"] == "websocket":
                await self._websocket(scope, receive, send)
        finally:
            request_id.reset(token)

    async def _http(self, scope: Scope, receive: Receive, send: Send, identifier: str) -> None:
        started = time.perf_counter()
        status = 500

        async def tagged(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), (b"x-request-id", identifier.encode())]
                message = {**message, "headers": headers}
            await send(message)

        is_graphql = self._graphql is not None and scope["path"] in self._graphql_paths
        app = self._graphql if is_graphql else self._django
        assert app is not None
        try:
            await app(scope, receive, tagged)
        finally:
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            HTTP_REQUESTS.labels(method, status).inc()
            HTTP_SECONDS.observe(seconds)
            if status >= 400 or not scope["path"].endswith(_QUIET):
                # The path only: query strings may carry signatures and codes.
                logger.info(
                    "%s %s %d",
                    scope["method"],
                    scope["path"],
                    status,
                    extra={"event": "http.served", "milliseconds": round(seconds * 1000, 1)},
                )

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._sockets.get(scope["path"])
        if handler is None and scope["path"] in self._graphql_paths:
            handler = self._graphql
        if handler is None:
            await send({"type": "websocket.close", "code": 4404})
            return
        with WEBSOCKETS.track_inprogress():
            await handler(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            for enter in self._lifespan:
                await stack.enter_async_context(enter())
            await send({"type": "lifespan.startup.complete"})
            logger.info("serving", extra={"event": "service.started"})
            await receive()
            logger.info("stopping", extra={"event": "service.stopping"})
        await send({"type": "lifespan.shutdown.complete"})


def build_application(package: str) -> ASGIApp:
    """Build the application of a service from the tables in its `app` module.

    Django must be set up before; `chassis.serve` and the tests do that.
    """
    # Imported late: Django's handler loads the URL root, which loads the service's models.
    django_asgi = import_module("django.core.asgi").get_asgi_application()
    app: ModuleType = import_module(f"{package}.app")
    config = current(ServiceConfig)
    schema = getattr(app, "SCHEMA", None)
    jobs = getattr(app, "JOBS", [])

    @contextlib.asynccontextmanager
    async def background() -> AsyncIterator[None]:
        async with at_work(config.service, config.jobs, jobs):
            yield

    return Service(
        config=config,
        django=django_asgi,
        graphql=GraphQLApp(schema, config.limits) if schema is not None else None,
        sockets=getattr(app, "SOCKETS", {}),
        lifespan=[*getattr(app, "LIFESPAN", []), background, watched],
    )


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin1")
    return None
