"""The ASGI door of GraphQL: HTTP and both websocket dialects, one token check for all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import orjson
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from cross_web import HTTPException
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.async_base_view import AsyncWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_ws.handlers import BaseGraphQLWSHandler
from strawberry.types import ExecutionResult

from chassis.bodies import LimitedReceive
from chassis.config import LimitsConfig
from chassis.errors import InvalidInput, PayloadTooLarge, PlatformError, Unauthenticated
from chassis.graphql.context import Context
from chassis.graphql.schema import Batch, PlatformSchema
from chassis.identity import Principal, get_verifier
from chassis.open_sockets import held
from chassis.sockets import Write, writer_of

_BEARER = "bearer "
#: The close code for those who may not be here; clients do not come back from it by themselves.
_REMOVED = 4403


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """Return the token of an `Authorization: Bearer` header, if there is one."""
    value = headers.get("authorization") or headers.get("Authorization") or ""
    return value[len(_BEARER) :].strip() if value[: len(_BEARER)].lower() == _BEARER else None


class NewerHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """The newer dialect, as browsers speak it."""

    async def handle(self) -> None:
        """Serve the socket, as long as its client is let in."""
        with held(lambda: self.context.principal, partial(_end, self.websocket)):
            await super().handle()


class LegacyHandler(BaseGraphQLWSHandler[Context, None]):
    """The older dialect, as the Python clients speak it; a bad message never ends the socket."""

    _write: Write | None = None

    async def handle(self) -> None:
        """Serve the socket, as long as its client is let in."""
        with held(lambda: self.context.principal, partial(_end, self.websocket)):
            await super().handle()

    async def handle_message(self, message: Any) -> None:
        """Answer a message of the wrong form with an error and go on."""
        problem = _problem_of(message)
        if problem is not None:
            identifier = message.get("id") if isinstance(message, dict) else None
            payload = {"message": problem, "extensions": {"code": InvalidInput.code}}
            if isinstance(identifier, str):
                await self.websocket.send_json(
                    {"type": "error", "id": identifier, "payload": payload}
                )
            else:
                await self.websocket.send_json({"type": "connection_error", "payload": payload})
            return
        await super().handle_message(message)

    async def handle_start(self, message: Any) -> None:
        """Start an operation; the client sends a fresh token with each one."""
        headers = message["payload"].get("headers")
        token = bearer_token(headers) if isinstance(headers, dict) else None
        if token is not None and self.connection_acknowledged:
            try:
                self.context.principal = await get_verifier().verify(token)
            except PlatformError as error:
                await self.websocket.send_json(
                    {"type": "error", "id": message["id"], "payload": _formatted(error)}
                )
                return
        self.context.takes_batches = True
        await super().handle_start(message)

    async def send_data_message(self, execution_result: ExecutionResult, operation_id: str) -> None:
        """Send an answer, or many in one go."""
        if not isinstance(execution_result, Batch):
            await super().send_data_message(execution_result, operation_id)
            return
        # The adapter of our own view; the library types it by its base.
        socket: WebSocket = self.websocket.ws  # type: ignore[attr-defined]
        if self._write is None:
            self._write = writer_of(socket.scope, socket.send)
        head = b'{"type":"data","id":' + orjson.dumps(operation_id) + b',"payload":{"data":'
        try:
            await self._write([head + answer + b"}}" for answer in execution_result.answers])
        except (OSError, WebSocketDisconnect) as error:
            raise WebSocketDisconnected from error


class GraphQLApp(GraphQL[Context, None]):
    """Serves one schema; every operation needs a token, `/schema` is there for the curious."""

    graphql_ws_handler_class = LegacyHandler
    graphql_transport_ws_handler_class = NewerHandler

    def __init__(self, schema: PlatformSchema, limits: LimitsConfig) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            keep_alive=True,
            keep_alive_interval=20,
            multipart_uploads_enabled=False,
            max_subscriptions_per_connection=limits.websocket_subscriptions,
        )
        self._body_bytes = limits.body_bytes
        self._schema = schema

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one HTTP request or one websocket."""
        if scope["type"] == "websocket":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive=LimitedReceive(receive, self._body_bytes))
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            token = bearer_token(request.headers)
            if token is None:
                raise Unauthenticated()
            principal = await get_verifier().verify(token)
            context = Context(principal=principal, headers=request.headers)
            # One thread and one database connection per operation, given back at its end.
            async with ThreadSensitiveContext() as threads:
                try:
                    return await self._answer(request, context)
                finally:
                    # An operation that asked no thread has no connection, and starts no thread now.
                    if threads in SyncToAsync.context_to_thread_executor:
                        await sync_to_async(close_old_connections)()
        except HTTPException as error:
            problem = PayloadTooLarge if error.status_code == PayloadTooLarge.http_status else None
            return _error(problem() if problem else InvalidInput(error.reason), error.status_code)
        except PlatformError as error:
            return _error(error, error.http_status)

    async def _answer(self, request: Request, context: Context) -> Response:
        if request.method == "POST" and _is_json(request):
            prepared = await self._schema.run_prepared(await request.body(), context)
            if prepared is not None:
                return Response(prepared, media_type="application/json")
        response: Response = await self.run(request, context=context)
        return response

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """Return the context of a websocket; HTTP makes its own."""
        return Context(principal=None, headers=request.headers, is_websocket=True)

    async def on_ws_connect(self, context: Context) -> None:
        """Accept a websocket only with a valid token."""
        try:
            context.principal = await self._principal_of_socket(context)
        except PlatformError as error:
            raise ConnectionRejectionError(_formatted(error)) from None

    async def _principal_of_socket(self, context: Context) -> Principal:
        params = context.connection_params or {}
        token = params.get("token") or bearer_token(params) or bearer_token(context.headers)
        if not isinstance(token, str):
            raise Unauthenticated()
        return await get_verifier().verify(token)

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON; what is not JSON raises `json.JSONDecodeError`."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """Write JSON as text: a websocket frame must be a text frame."""
        return orjson.dumps(data, default=str).decode()


async def _end(socket: AsyncWebSocketAdapter) -> None:
    with suppress(WebSocketDisconnect):
        await socket.close(code=_REMOVED, reason="this client was removed or blocked")


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"


def _problem_of(message: object) -> str | None:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message must be an object with a type."
    if message["type"] in {"start", "stop"} and not isinstance(message.get("id"), str):
        return "This message needs an id."
    if message["type"] == "start":
        payload = message.get("payload")
        if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
            return "A start message needs a payload with a query."
        if not isinstance(payload.get("variables") or {}, dict):
            return "The variables must be an object."
    return None


def _formatted(error: PlatformError) -> dict[str, Any]:
    return {"message": error.message, "extensions": {"code": error.code}}


def _error(error: PlatformError, status: int) -> Response:
    body = {"data": None, "errors": [_formatted(error)]}
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")
