"""What the server counts of itself, and how it tells it."""

from __future__ import annotations

import contextlib

from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

from chassis.disk import used_share
from chassis.metrics import DISK_USED
from chassis.objectstore.config import FrontConfig
from chassis.objectstore.front.connection import Connection
from chassis.objectstore.front.exchange import Answer
from chassis.objectstore.front.head import Head

#: No bucket: the gateway passes it on as it does the metrics of a service.
PATH = "/objectstore/metrics"
REQUESTS = Counter(
    "bauhof_objectstore_requests_total", "Requests the object store answered.", ["method", "status"]
)
RECEIVED = Counter("bauhof_objectstore_received_bytes_total", "Bytes of bodies that came in.")
SENT = Counter("bauhof_objectstore_sent_bytes_total", "Bytes sent, heads included.")
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"})


def count(head: Head, status: int, connection: Connection) -> None:
    """Count a request that is done with, whole or not."""
    REQUESTS.labels(head.method if head.method in _METHODS else "OTHER", status).inc()
    RECEIVED.inc(head.length - connection.left)
    SENT.inc(connection.sent)


def tell(config: FrontConfig) -> Answer:
    """Return the metrics in the text format; what they say is no secret to who gets here."""
    if config.backend == "folder":
        with contextlib.suppress(OSError):
            DISK_USED.set(used_share(config.folder))
    return Answer(200, {"content-type": CONTENT_TYPE_LATEST}, generate_latest())
