"""The content of a blok: parsed, checked against its catalog, and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chassis.definitions.parsing import as_document, parse
from chassis.definitions.vocabulary import BlokDeclaration
from chassis.errors import InvalidInput
from rekuest_server.domain.blok_tree import check_tree, finding
from rekuest_server.models import UiCatalog
from rekuest_server.selectors.catalog import vocabulary_of

#: The keys of a blok's declaration that are its content.
KEYS = ("components", "source", "demo_state", "dependencies", "args", "services")
_LARGEST = 512 * 1024


def content_of(given: Mapping[str, Any], *, name: str, context: str) -> dict[str, Any]:
    """Return the whole content of a blok; raises `InvalidInput` naming what does not fit.

    A blok is sent as its components or as its source; an empty one is an empty tree.
    """
    values = {key: given[key] for key in KEYS if given.get(key) is not None}
    if not {"components", "source"} & set(values):
        values["components"] = []
    parsed = parse(BlokDeclaration, {**values, "key": name, "context": context})
    document = as_document(parsed)
    content = {key: document.get(key) for key in KEYS}
    if len(json.dumps(content)) > _LARGEST:
        raise InvalidInput(f"A blok has at most {_LARGEST} bytes.", field="components")
    return content


def findings_of(content: Mapping[str, Any], catalog: UiCatalog) -> list[dict[str, Any]]:
    """Return what a user interface may stumble over."""
    if content.get("source") is not None and not content.get("components"):
        text = "The source is kept as it was written; only user interfaces read it."
        return [finding("source_not_checked", text, "source")]
    dependencies = frozenset(item["key"] for item in content.get("dependencies") or ())
    return check_tree(content.get("components") or (), vocabulary_of(catalog, dependencies))
