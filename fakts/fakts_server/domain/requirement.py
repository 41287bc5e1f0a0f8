"""Which of an organization's instances answer an app's requirements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    #: Words beyond its kind that it answers to, such as `cuda`.
    provides: frozenset[str] = frozenset()
    version: str = ""

    @property
    def words(self) -> str:
        """What it provides, as people read it."""
        return ", ".join(sorted(self.provides))

    def answers(self, service: str) -> bool:
        """Tell whether it is of a kind, or provides what is asked for."""
        return service == self.service or service in self.provides


@dataclass(frozen=True)
class Match:
    """A requirement and the instance it would be wired to, if there is one."""

    requirement: Requirement
    offer: Offer | None
    #: Every instance that could answer, the best first.
    options: tuple[Offer, ...] = ()

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


def resolve(
    requirements: Iterable[Requirement],
    offers: Iterable[Offer],
    *,
    choices: Mapping[str, int] | None = None,
    version: str = "",
) -> list[Match]:
    """Pair each requirement with the best offer.

    What a person chose for a key comes first, then the version the organization wants, then the
    default of the kind, then instances of the kind before those that merely provide it, then the
    first by name.
    """
    chosen = choices or {}
    every = list(offers)

    def able(requirement: Requirement) -> tuple[Offer, ...]:
        found = [offer for offer in every if offer.answers(requirement.service)]
        found.sort(
            key=lambda offer: (
                offer.instance_id != chosen.get(requirement.key),
                bool(version) and offer.version != version,
                not offer.is_default,
                offer.service != requirement.service,
                offer.identifier,
            )
        )
        return tuple(found)

    answers = ((requirement, able(requirement)) for requirement in requirements)
    return [
        Match(requirement, options[0] if options else None, options)
        for requirement, options in answers
    ]


def best_of(hubs: Sequence[list[Match]], choices: Mapping[str, int] | None = None) -> int:
    """Return which of several hubs serves an app best.

    It has what a person chose, then it misses least; the first among equals.
    """

    def misses(place: int) -> tuple[int, int, int]:
        matches = hubs[place]
        return (
            len(unheard(matches, choices or {})),
            sum(match.blocks for match in matches),
            sum(match.offer is None for match in matches),
        )

    return min(range(len(hubs)), key=misses)


def unheard(matches: Iterable[Match], choices: Mapping[str, int]) -> list[str]:
    """Return the keys for which another instance answers than a person chose, or none."""
    answers = {
        match.requirement.key: match.offer.instance_id if match.offer else None for match in matches
    }
    return sorted(key for key, wanted in choices.items() if answers.get(key) != wanted)


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
