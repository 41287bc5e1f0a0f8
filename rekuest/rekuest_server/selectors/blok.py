"""What is read out of a blok's content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chassis.errors import InvalidInput
from rekuest_server.models import Blok, BlokRevision, MaterializedBlok

Content = Mapping[str, Any]
_MOST_REVISIONS = 1000


def tree_of(content: Content) -> Any:
    """Return the component tree, or `{"source"}` where the blok was sent as its source."""
    if content.get("source") is not None:
        return {"source": content["source"]}
    return content.get("components") or []


def dependencies_of(content: Content) -> list[dict[str, Any]]:
    """Return the dependencies with their filters under the names readers know."""
    return [
        {**item, "app_filter": item.get("app"), "version_filter": item.get("version")}
        for item in content.get("dependencies") or ()
    ]


def hash_of(content: Content) -> str:
    """Return the hash of a content; the order of its keys does not matter."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def revisions_of(blok: Blok, *, limit: int, offset: int = 0) -> list[BlokRevision]:
    """Return a page of revisions, newest first."""
    if not 0 <= limit <= _MOST_REVISIONS or offset < 0:
        raise InvalidInput(f"Ask for 0 to {_MOST_REVISIONS} revisions.", field="limit")
    return list(blok.revisions.order_by("-number")[offset : offset + limit])


def unbound(bound: MaterializedBlok) -> list[str]:
    """Return the keys of dependencies that need an agent and have none."""
    pinned = bound.pinned_revision
    content = bound.blok.content if pinned is None else pinned.content
    keys = {mapping.key for mapping in bound.agent_mappings.all()}
    return [
        item["key"]
        for item in content.get("dependencies") or ()
        if not item.get("optional") and item["key"] not in keys
    ]
