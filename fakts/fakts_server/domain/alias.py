"""Addresses of instances, rendered for the origin a client asked from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fakts_server.domain.origin import Origin, Reach


class AliasKind(StrEnum):
    """How the address of an alias is known."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"
    DOCKER = "docker"


@dataclass(frozen=True)
class AliasRule:
    """An alias as it is stored."""

    id: str
    kind: AliasKind
    path: str
    challenge: str
    host: str = ""
    port: int | None = None
    ssl: bool = False
    reach: Reach | None = None
    public: bool = False


@dataclass(frozen=True)
class RenderedAlias:
    """An alias as a client gets it."""

    id: str
    host: str
    port: int | None
    ssl: bool
    path: str | None
    challenge: str
    public: bool
    kind: str
    reach: Reach | None


def render(rule: AliasRule, origin: Origin) -> RenderedAlias:
    """Fill a relative alias with the caller's origin; others are already complete."""
    relative = rule.kind is AliasKind.RELATIVE
    return RenderedAlias(
        id=rule.id,
        host=origin.host if relative else rule.host,
        port=origin.port if relative else rule.port,
        ssl=origin.is_secure if relative else rule.ssl,
        path=rule.path or None,
        challenge=rule.challenge,
        public=rule.public,
        # For the client a relative alias is an absolute one: it never learns the difference.
        kind="absolute" if relative else rule.kind.value,
        reach=origin.reach if relative else rule.reach,
    )


def render_all(rules: list[AliasRule], origin: Origin) -> list[RenderedAlias]:
    """Render aliases in the order clients should try them: addresses like the caller's first."""
    return [render(rule, origin) for rule in sorted(rules, key=_rank)]


def _rank(rule: AliasRule) -> tuple[int, int]:
    order = (AliasKind.RELATIVE, AliasKind.ABSOLUTE, AliasKind.DOCKER)
    return order.index(rule.kind), int(rule.id) if rule.id.isdigit() else 0
