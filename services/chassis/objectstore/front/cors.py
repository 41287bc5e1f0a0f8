"""Cross-origin requests: pages of the origins that are named may use grants from a browser.

No cookies are looked at here, so an origin that is let in gains nothing but to be able to sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head

_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_NAMES = re.compile(r"[a-z0-9-]{1,64}( *, *[a-z0-9-]{1,64}){0,63}", re.IGNORECASE)
_EXPOSED = "ETag, Content-Length, Content-Range, Last-Modified, x-amz-request-id"
#: Browsers ask again after this; some never wait longer than two hours.
_REMEMBERED_SECONDS = 3600


def shared_with(head: Head, allowed: Sequence[str]) -> dict[str, str]:
    """Return the headers that let the page that asked read the answer; none if it may not."""
    origin = head.headers.get("origin")
    if origin is None or not allowed:
        return {}
    if "*" in allowed:
        return {"access-control-allow-origin": "*", "access-control-expose-headers": _EXPOSED}
    # Caches must not give the answer for one page to another.
    headers = {"vary": "Origin"}
    if origin in allowed:
        headers["access-control-allow-origin"] = origin
        headers["access-control-expose-headers"] = _EXPOSED
    return headers


def preflight(head: Head, allowed: Sequence[str]) -> dict[str, str]:
    """Return what a browser is told that asks before it sends; raise if the page may not."""
    wanted = head.headers.get("access-control-request-headers", "")
    method = head.headers.get("access-control-request-method")
    if "access-control-allow-origin" not in shared_with(head, allowed) or method not in _METHODS:
        raise Fault("AccessDenied", "Pages of this origin may not use this server.")
    headers = {
        "access-control-allow-methods": ", ".join(_METHODS),
        "access-control-max-age": str(_REMEMBERED_SECONDS),
    }
    if wanted:
        if not _NAMES.fullmatch(wanted):
            raise Fault("InvalidRequest", "The headers that are asked for cannot be read.")
        headers["access-control-allow-headers"] = wanted
    return headers
