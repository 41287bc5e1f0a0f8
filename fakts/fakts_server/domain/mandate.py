"""The ceilings a mandate puts on the apps that log in under it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fakts_server.domain.requirement import Requirement


class MandateClaimant(StrEnum):
    """Who may use a mandate: a holder of its key, or an agent app that issues keys under it."""

    KEY = "key"
    AGENT = "agent"


class MandateOrigin(StrEnum):
    """Who issued a mandate; it dies with its issuer."""

    MEMBER = "member"
    CLIENT = "client"
    AGENT = "agent"
    HUB = "hub"
    CONFIG = "config"


class MandateRevocation(StrEnum):
    """Why a mandate stopped working."""

    REVOKED = "revoked"
    PARENT_REVOKED = "parent_revoked"
    ISSUER_REVOKED = "issuer_revoked"
    REMOVED_FROM_CONFIG = "removed_from_config"
    SUPERSEDED = "superseded"
    ORGANIZATION_REVOKED = "organization_revoked"


@dataclass(frozen=True)
class Pin:
    """What a mandate admits; None leaves a field open."""

    identifier: str | None = None
    version: str | None = None
    device: str | None = None
    scopes: frozenset[str] | None = None
    requirements: frozenset[tuple[str, str]] | None = None


@dataclass(frozen=True)
class Claim:
    """What an app says it is when it logs in under a mandate."""

    identifier: str
    version: str
    device: str | None
    requirements: tuple[Requirement, ...] = ()


def is_live(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether a mandate still works, as far as it itself is concerned."""
    return revoked_at is None and (expires_at is None or now < expires_at)


def refusal(pin: Pin, claim: Claim) -> str | None:
    """Return why the pin does not admit the claim, or None when it does."""
    if pin.identifier is not None and pin.identifier != claim.identifier:
        return f"The key is for the app {pin.identifier}."
    if pin.version is not None and pin.version != claim.version:
        return f"The key is for version {pin.version} of the app."
    if pin.device is not None and pin.device != claim.device:
        return "The key is for another device."
    if pin.requirements is not None:
        asked = {(item.key, item.service) for item in claim.requirements if not item.optional}
        beyond = sorted(service for _, service in asked - pin.requirements)
        if beyond:
            return f"The key does not cover {', '.join(beyond)}."
    return None


def admitted_requirements(pin: Pin, claim: Claim) -> list[Requirement]:
    """Return the requirements the pin lets through; optional ones beyond it fall away."""
    if pin.requirements is None:
        return list(claim.requirements)
    allowed = pin.requirements
    return [item for item in claim.requirements if (item.key, item.service) in allowed]


def narrow_scopes(
    asked: Iterable[str], known: Collection[str], ceiling: Collection[str] | None = None
) -> list[str]:
    """Return the scopes that may be granted, in the order they were asked for, each once."""
    granted = dict.fromkeys(scope for scope in asked if scope in known)
    return [scope for scope in granted if ceiling is None or scope in ceiling]
