"""The health challenge of the object store, which lives at the root of the gateway.

Clients ask it to choose an address for the store; no bucket is served here yet.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def live(request: HttpRequest) -> HttpResponse:
    """Answer that the store's address is reachable."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    return HttpResponse(status=200, headers={"Cache-Control": "no-store"})
