"""What an app asks for now that it did not ask for when it was last let in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fakts_server.domain.requirement import Requirement


@dataclass(frozen=True)
class Ask:
    """What a version of an app asks for."""

    version: str
    scopes: frozenset[str] = frozenset()
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class Change:
    """The difference between two asks; empty where nothing a person decides about differs."""

    version_before: str | None = None
    new_scopes: list[str] = field(default_factory=list)
    gone_scopes: list[str] = field(default_factory=list)
    new_services: list[str] = field(default_factory=list)
    gone_services: list[str] = field(default_factory=list)
    now_required: list[str] = field(default_factory=list)

    @property
    def asks_for_more(self) -> bool:
        """Whether a person who agreed before has something new to agree to."""
        return bool(self.new_scopes or self.new_services or self.now_required)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return self == Change()


def change_between(before: Ask, now: Ask) -> Change:
    """Compare what an app asked for before with what it asks for now."""
    old, new = _services(before.requirements), _services(now.requirements)
    return Change(
        version_before=before.version if before.version != now.version else None,
        new_scopes=sorted(now.scopes - before.scopes),
        gone_scopes=sorted(before.scopes - now.scopes),
        new_services=sorted(new.keys() - old.keys()),
        gone_services=sorted(old.keys() - new.keys()),
        now_required=sorted(
            name for name in new.keys() & old.keys() if new[name] and not old[name]
        ),
    )


def _services(requirements: Iterable[Requirement]) -> dict[str, bool]:
    """Return the services asked for, and whether the app cannot do without."""
    found: dict[str, bool] = {}
    for item in requirements:
        found[item.service] = found.get(item.service, False) or not item.optional
    return found
