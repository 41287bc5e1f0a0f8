"""An app image as a source describes it, whatever the source; documents are in snake_case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Document = Mapping[str, Any]

#: The flavour of an image whose source names none.
DEFAULT_FLAVOUR = "vanilla"


#: Identifier, version, and the channel if it is the head of one.
ReleaseKey = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class OfferedAction:
    """A definition that an image provides."""

    hash: str
    definition: Document
    interface: str
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class FlavourImage:
    """One flavour of a release. `digest` is known where the source or the registry tells it."""

    name: str
    image: str
    built_at: datetime | None = None
    description: str | None = None
    digest: str | None = None
    size: int | None = None
    platforms: Sequence[str] = ()
    selectors: Sequence[Document] = ()
    capabilities: Sequence[Document] = ()
    requirements: Sequence[Document] = ()
    actions: Sequence[OfferedAction] = ()
    bloks: Sequence[Document] = ()
    assets: Sequence[Document] = ()
    states: Sequence[Document] = ()
    locks: Sequence[Document] = ()
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ReleaseImages:
    """A release with the flavours that one source has of it."""

    identifier: str
    version: str
    flavours: Sequence[FlavourImage]
    channel: str | None = None
    revision: str | None = None
    author: str = "unknown"
    description: str | None = None
    logo: str | None = None
    scopes: Sequence[str] = ()
    entrypoint: str = "app"

    @property
    def key(self) -> ReleaseKey:
        """Return what names this release in its source."""
        return (self.identifier, self.version, self.channel)

    @property
    def manifest(self) -> dict[str, Any]:
        """Return the app's manifest, the form deployers read."""
        return {
            "identifier": self.identifier,
            "version": self.version,
            "author": self.author,
            "description": self.description,
            "logo": self.logo,
            "scopes": list(self.scopes),
            "entrypoint": self.entrypoint,
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """An image that could not be read, and why. What is known of it is kept as it was."""

    image: str
    message: str
    release: ReleaseKey | None = None
    flavour: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a source: releases, and the images that could not be read."""

    releases: Sequence[ReleaseImages]
    problems: Sequence[Problem] = ()
    #: Releases that are there and were not read again, because they have not changed.
    unchanged: Sequence[ReleaseKey] = ()
    #: What the source calls this state of itself; kept to tell whether it has changed.
    seen: Mapping[str, Any] = field(default_factory=dict)
    #: Whether the whole source is as it was, so that nothing was read again.
    is_unchanged: bool = False
