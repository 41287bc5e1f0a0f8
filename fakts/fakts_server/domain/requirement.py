"""Which of an organization's instances answer an app's requirements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class GrantStatus(StrEnum):
    """What became of a requirement; clients refuse any other word."""

    GRANTED = "granted"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Requirement:
    """A service an app needs, under the key it will look it up by."""

    key: str
    service: str
    optional: bool = False
    description: str | None = None


@dataclass(frozen=True)
class Offer:
    """An instance that could answer a requirement."""

    instance_id: int
    identifier: str
    service: str
    is_default: bool = False


@dataclass(frozen=True)
class Match:
    """A requirement and the instance it would be wired to, if there is one."""

    requirement: Requirement
    offer: Offer | None

    @property
    def blocks(self) -> bool:
        """Whether the app cannot be approved because of this requirement."""
        return self.offer is None and not self.requirement.optional


@dataclass(frozen=True)
class Composition:
    """The decided wiring of one client."""

    granted: dict[str, Offer] = field(default_factory=dict)
    statuses: dict[str, GrantStatus] = field(default_factory=dict)
    missing: tuple[Requirement, ...] = ()


def resolve(requirements: Iterable[Requirement], offers: Iterable[Offer]) -> list[Match]:
    """Pair each requirement with the best offer: the default first, then the first by name."""
    ranked = sorted(offers, key=lambda offer: (not offer.is_default, offer.identifier))
    best: dict[str, Offer] = {}
    for offer in ranked:
        best.setdefault(offer.service, offer)
    return [Match(requirement, best.get(requirement.service)) for requirement in requirements]


def compose(matches: Iterable[Match], declined: Collection[str] = ()) -> Composition:
    """Decide the wiring; declining counts for optional requirements only."""
    granted: dict[str, Offer] = {}
    statuses: dict[str, GrantStatus] = {}
    missing: list[Requirement] = []
    for match in matches:
        key = match.requirement.key
        if match.offer is None:
            statuses[key] = GrantStatus.UNAVAILABLE
            if match.blocks:
                missing.append(match.requirement)
        elif match.requirement.optional and key in declined:
            statuses[key] = GrantStatus.DENIED
        else:
            statuses[key] = GrantStatus.GRANTED
            granted[key] = match.offer
    return Composition(granted, statuses, tuple(missing))


def missing_sentence(missing: Collection[Requirement]) -> str:
    """Say what is missing, for the approval page and the error of a headless login."""
    names = ", ".join(f"{item.service} (as {item.key})" for item in missing)
    return f"This app cannot work without a service that is not offered here: {names}."
