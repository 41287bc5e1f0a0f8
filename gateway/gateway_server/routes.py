"""The table of routes: which path goes to which service, and how large a body may be.

Paths are passed on as they are: every service knows its own prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Route:
    """Requests whose path matches go to one service."""

    service: str
    #: Path patterns, `*` at the end only.
    paths: tuple[str, ...]
    #: Largest request body; None where bytes are streamed through to storage.
    body_bytes: int | None
    websocket: bool = False
    #: Part of a path that is itself a secret: the access log shows what stands before it.
    secret_paths: tuple[str, ...] = ()


def below(service: str) -> tuple[str, str]:
    """Return the patterns of a prefix: itself and all below, but not `/mikromedia`."""
    return (f"/{service}", f"/{service}/*")


ROUTES: tuple[Route, ...] = (
    Route(
        service="fakts",
        paths=("/.well-known/*", *below("fakts")),
        body_bytes=2 * _MIB,
        websocket=True,
        secret_paths=("/fakts/setup/", "/fakts/configure/", "/fakts/invite/"),
    ),
    Route(service="rekuest", paths=below("rekuest"), body_bytes=32 * _MIB, websocket=True),
    Route(service="mikro", paths=below("mikro"), body_bytes=32 * _MIB, websocket=True),
    Route(service="kabinet", paths=below("kabinet"), body_bytes=32 * _MIB, websocket=True),
    # The object store: clients sign the path, so buckets lie at the root. They are named
    # `<service>-<kind>`, which no prefix of a service can be.
    Route(
        service="objectstore",
        paths=(
            "/minio/health/*",
            "/objectstore/metrics",
            "/fakts-*",
            "/rekuest-*",
            "/mikro-*",
            "/kabinet-*",
        ),
        body_bytes=None,
    ),
)


#: Addresses of the dashboard. None of them is the prefix of a service, and a bucket by the first
#: word of one is refused, so the three kinds of addresses at the root never meet.
PAGES: tuple[str, ...] = (
    "/",
    "/o/*",
    "/login",
    "/login/*",
    "/device",
    "/join/*",
    "/me",
)
#: The one page that may stand in a frame, and only in one of ours: renewal of a login, unseen.
FRAMED_PAGE = "/login/silent"
#: Where the built files of the dashboard lie; no bucket may begin with an underscore.
ASSETS = "/_gateway/app"


def taken_words() -> frozenset[str]:
    """Return the first words of our own addresses, which no bucket may bear."""
    return frozenset(page.split("/")[1] for page in PAGES if page != "/")


def routes_for(*, buckets: Sequence[str] = ()) -> tuple[Route, ...]:
    """Return the table with further buckets of the object store, named in the settings.

    Raises ValueError for a bucket that would hide a page or a service.
    """
    if not buckets:
        return ROUTES
    taken = taken_words() | set(served_names())
    for bucket in buckets:
        if bucket in taken:
            raise ValueError(f"a bucket cannot be named {bucket!r}: that address is taken")
    paths = tuple(path for bucket in buckets for path in below(bucket))
    return (*ROUTES, Route(service="objectstore", paths=paths, body_bytes=None))


def served_names(routes: Sequence[Route] = ROUTES) -> tuple[str, ...]:
    """Return the services of the table, each once, in its order."""
    return tuple(dict.fromkeys(route.service for route in routes))
