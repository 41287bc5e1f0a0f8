"""Which origin and which address a request came from, trusting only what the gateway says."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from chassis.config import current
from fakts_server.config import FaktsConfig
from fakts_server.domain.origin import (
    Origin,
    caller_address,
    host_allowed,
    origin_from_host,
    origin_from_url,
)


class KnownHostMiddleware:
    """Replaces a host name that is not allowed by the configured public one.

    So nothing built from the host (links, endpoints, aliases) can be steered by a stranger.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request under a host that is ours."""
        origin = origin_of(request)
        request.META["HTTP_HOST"] = origin.url.partition("://")[2]
        request.META["HTTP_X_FORWARDED_PROTO"] = origin.scheme
        return self._get_response(request)


class OneThreadMiddleware:
    """Does nothing but be synchronous, innermost: so Django runs the whole chain in one thread.

    Otherwise each of the middlewares around it hops to a thread and back, twice a request, which
    costs more than a login does.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._get_response(request)


def origin_of(request: HttpRequest) -> Origin:
    """Return the caller's origin if its host is allowed, else the public one."""
    config = current(FaktsConfig)
    public = origin_from_url(config.public_url)
    found = origin_from_host(request.scheme or "http", request.META.get("HTTP_HOST", ""))
    if found is None:
        return public
    allowed = [*config.allowed_hosts, public.host]
    return found if host_allowed(found.host, allowed) else public


def base_of(request: HttpRequest) -> str:
    """Return the caller's origin with the prefix of this service, without a trailing slash."""
    return origin_of(request).url + current(FaktsConfig).path_prefix


def address_of(request: HttpRequest) -> str:
    """Return the caller's network address for throttles and records."""
    return caller_address(
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        str(request.META.get("REMOTE_ADDR") or ""),
        current(FaktsConfig).trusted_proxies,
    )
