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
        secret_paths=("/fakts/setup/", "/fakts/configure/"),
    ),
    Route(service="rekuest", paths=below("rekuest"), body_bytes=32 * _MIB, websocket=True),
    Route(service="mikro", paths=below("mikro"), body_bytes=32 * _MIB, websocket=True),
    Route(service="kabinet", paths=below("kabinet"), body_bytes=32 * _MIB, websocket=True),
    # The object store: clients sign the path, so buckets lie at the root. They are named
    # `<service>-<kind>`, which no prefix of a service can be.
    Route(
        service="objectstore",
        paths=("/minio/health/*", "/fakts-*", "/rekuest-*", "/mikro-*", "/kabinet-*"),
        body_bytes=None,
    ),
)


def routes_for(*, buckets: Sequence[str] = ()) -> tuple[Route, ...]:
    """Return the table with further buckets of the object store, named in the settings."""
    if not buckets:
        return ROUTES
    paths = tuple(path for bucket in buckets for path in below(bucket))
    return (*ROUTES, Route(service="objectstore", paths=paths, body_bytes=None))


def served_names(routes: Sequence[Route] = ROUTES) -> tuple[str, ...]:
    """Return the services of the table, each once, in its order."""
    return tuple(dict.fromkeys(route.service for route in routes))
