"""Answers one request: finds out what it asks for and who asks, and turns refusals into XML."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from secrets import token_hex

from chassis.logs import get_logger
from chassis.objectstore.config import FrontConfig, checked_bucket
from chassis.objectstore.contract import KEY_BYTES
from chassis.objectstore.front import buckets, metrics, multipart, objects, xml
from chassis.objectstore.front.auth import authenticate
from chassis.objectstore.front.backend import Backend
from chassis.objectstore.front.connection import Connection
from chassis.objectstore.front.cors import preflight, shared_with
from chassis.objectstore.front.exchange import Answer, Exchange, Parts, http_date
from chassis.objectstore.front.faults import Fault, of_os_error
from chassis.objectstore.front.head import Head
from chassis.objectstore.front.local import FolderBackend
from chassis.objectstore.front.quota import Tally
from chassis.objectstore.front.remote import open_remote
from chassis.objectstore.front.removed import RemovedClients
from chassis.secretfile import ensure_secret

logger = get_logger(__name__)
Handler = Callable[[Exchange], Answer]

HEALTH = frozenset({"/minio/health/live", "/minio/health/ready"})
#: Asked by machines all the time, which is no use of the store.
_WATCHED = HEALTH | {metrics.PATH}
#: Resource and method, then the parameter that picks the call; the first that is there wins.
_CALLS: dict[tuple[str, str], tuple[tuple[str, Handler], ...]] = {
    ("object", "GET"): (("uploadId", multipart.list_parts), ("", objects.get)),
    ("object", "HEAD"): (("", objects.head),),
    ("object", "PUT"): (("uploadId", multipart.put_part), ("", objects.put)),
    ("object", "POST"): (("uploads", multipart.begin), ("uploadId", multipart.complete)),
    ("object", "DELETE"): (("uploadId", multipart.abort), ("", objects.delete)),
    ("bucket", "GET"): (
        ("location", buckets.location),
        ("uploads", multipart.list_uploads),
        ("", buckets.list_objects),
    ),
    ("bucket", "HEAD"): (("", buckets.present),),
    ("bucket", "PUT"): (("", buckets.present),),
    ("bucket", "POST"): (("delete", buckets.delete_objects),),
}
#: Parts of S3 that are not offered; answering as if they were not asked for would be a lie.
_NOT_OFFERED = frozenset(
    {"acl", "attributes", "cors", "encryption", "legal-hold", "lifecycle", "logging"}
    | {"notification", "object-lock", "policy", "replication", "restore", "retention", "select"}
    | {"tagging", "torrent", "versionId", "versioning", "versions", "website"}
)


class Front:
    """The server without its sockets."""

    def __init__(self, config: FrontConfig) -> None:
        backend: Backend
        backend = open_remote(config.remote) if config.backend == "s3" else FolderBackend(config)
        master = ensure_secret(config.secret_file)
        removed = RemovedClients(config.tokens.revocations_url)
        self.parts = Parts(config, master, backend, Tally(backend.measure), removed)

    def close(self) -> None:
        """Let go of the objects."""
        self.parts.backend.close()

    def answer(self, head: Head, connection: Connection) -> bool:
        """Carry out a request; tell whether the connection can be used again."""
        request_id = token_hex(8).upper()
        try:
            answer = self._carry_out(head, connection)
        except Fault as fault:
            answer = _refusal(fault, head, request_id)
        except OSError as error:
            logger.warning("%s", error, extra={"event": "objectstore.failed"})
            answer = _refusal(of_os_error(error), head, request_id)
        answer.headers |= shared_with(head, self.parts.config.allowed_origins)
        answer.headers |= {"date": http_date(time.time()), "x-amz-request-id": request_id}
        try:
            return _send(answer, head, connection)
        finally:
            if answer.content is not None:
                answer.content.close()
            if head.path not in _WATCHED:
                metrics.count(head, answer.status, connection)

    def _carry_out(self, head: Head, connection: Connection) -> Answer:
        if head.path in HEALTH and head.method in ("GET", "HEAD"):
            return Answer(200)
        if head.path == metrics.PATH and head.method in ("GET", "HEAD"):
            return metrics.tell(self.parts.config)
        if head.method == "OPTIONS":
            return Answer(204, preflight(head, self.parts.config.allowed_origins))
        caller = authenticate(head, self.parts.master, self.parts.config.skew_seconds)
        self.parts.removed.check(caller.claims.scope)
        bucket, key = _resource(head.path)
        handler = _handler(head, "object" if key else "bucket")
        return handler(Exchange(self.parts, head, caller, connection, bucket, key))


def _resource(path: str) -> tuple[str, str]:
    bucket, _, key = path.removeprefix("/").partition("/")
    if not bucket:
        raise Fault("AccessDenied", "Buckets are not listed here.")
    try:
        checked_bucket(bucket)
    except ValueError:
        raise Fault("NoSuchBucket") from None
    if len(key.encode()) > KEY_BYTES:
        raise Fault("KeyTooLongError")
    return bucket, key


def _handler(head: Head, resource: str) -> Handler:
    asked = head.parameters
    for name in asked:
        if name in _NOT_OFFERED:
            raise Fault("NotImplemented", f"This server has no {name}.")
    for parameter, handler in _CALLS.get((resource, head.method), ()):
        if not parameter or parameter in asked:
            return handler
    raise Fault("MethodNotAllowed")


def _refusal(fault: Fault, head: Head, request_id: str) -> Answer:
    # Clients look for what may not be there all the time.
    level = logging.DEBUG if fault.status in (404, 412) else logging.INFO
    logger.log(
        level,
        "%s %s refused: %s",
        head.method,
        head.path,
        fault.code,
        extra={"event": "objectstore.refused", "code": fault.code},
    )
    body = xml.error(fault.code, fault.message, head.path, request_id)
    return Answer(fault.status, {"content-type": "application/xml"}, body)


def _send(answer: Answer, head: Head, connection: Connection) -> bool:
    # An answer before the body was read: read it (up to a bound), or the client may see a reset.
    again = head.keep_alive and (not connection.left or connection.drain())
    if not again:
        answer.headers["connection"] = "close"
    if answer.content is not None and answer.status in (200, 206):
        answer.content.send(connection, answer.status, answer.headers)
        return again
    if answer.status not in (204, 304):
        answer.headers.setdefault("content-length", str(len(answer.body)))
    connection.answer(answer.status, answer.headers, b"" if head.method == "HEAD" else answer.body)
    return again
