"""What an approval of a release is given for: its digest, and the manifest a mandate is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FlavourContent:
    """What of a flavour matters to whoever approves it. `image` is the digest where it is known."""

    name: str
    image: str
    requirements: Sequence[Mapping[str, Any]] = ()
    capabilities: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class ReleaseContent:
    """What of a release matters to whoever approves it."""

    identifier: str
    version: str
    scopes: Sequence[str]
    flavours: Sequence[FlavourContent]


def union_of_requirements(
    requirements: Iterable[Sequence[Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    """Join the requirements of flavours by key; what one of them insists on is not optional."""
    found: dict[str, dict[str, Any]] = {}
    for one in (each for several in requirements for each in several):
        known = found.get(one["key"])
        if known is None:
            found[one["key"]] = {
                "key": one["key"],
                "service": one["service"],
                "optional": bool(one.get("optional")),
                "description": one.get("description"),
            }
        elif not one.get("optional"):
            known["optional"] = False
    return [found[key] for key in sorted(found)]


def approval_digest(content: ReleaseContent) -> str:
    """Return the digest of everything an approval covers; the order of lists does not matter."""
    joined = union_of_requirements(one.requirements for one in content.flavours)
    document: dict[str, Any] = {
        "identifier": content.identifier,
        "version": content.version,
        "scopes": sorted(set(content.scopes)),
        "requirements": [
            {name: one[name] for name in ("key", "service", "optional")} for one in joined
        ],
        "flavours": {one.name: _covered_of(one) for one in content.flavours},
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _covered_of(flavour: FlavourContent) -> dict[str, Any]:
    granted = [_covered(one) for one in flavour.capabilities]
    return {"image": flavour.image, "capabilities": sorted(granted, key=lambda one: one["name"])}


def _covered(capability: Mapping[str, Any]) -> dict[str, Any]:
    """Words about a capability may change without a new approval; what it grants may not."""
    return {key: value for key, value in capability.items() if key != "description"}


def mandate_manifest(content: ReleaseContent) -> dict[str, Any]:
    """Return the manifest that a mandate for this release names."""
    return {
        "identifier": content.identifier,
        "version": content.version,
        "scopes": sorted(set(content.scopes)),
        "requirements": union_of_requirements(one.requirements for one in content.flavours),
    }


def is_pinned(images: Iterable[str]) -> bool:
    """Tell whether all images are named by digest; of no image nothing is pinned."""
    several = list(images)
    return bool(several) and all("@sha256:" in image for image in several)
