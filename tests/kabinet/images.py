"""App images as sources describe them: documents for tests, small and whole."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

DIGEST = "sha256:" + "a" * 64
REKUEST = {"key": "rekuest", "service": "live.arkitekt.rekuest", "optional": False}


def definition(key: str = "double", **changes: Any) -> dict[str, Any]:
    """A definition with one argument and one return."""
    return {
        "key": key,
        "version": "1",
        "name": key.replace("_", " ").capitalize(),
        "description": f"What {key} does.",
        "kind": "FUNCTION",
        "args": [{"key": "number", "kind": "INT", "nullable": False}],
        "returns": [{"key": "return0", "kind": "INT", "nullable": False}],
        **changes,
    }


def implementation(key: str = "double", **changes: Any) -> dict[str, Any]:
    """An implementation of that definition."""
    return {"definition": definition(key, **changes), "interface": key}


LOGO = {"id": "root", "component": "Circle", "props": [{"key": "r", "staticValue": 3}]}


def inspection(*keys: str, **changes: Any) -> dict[str, Any]:
    """What is found in an image that offers these actions."""
    return {
        "size": 1000,
        "implementations": [implementation(key) for key in keys or ("double",)],
        "states": [],
        "locks": [],
        "bloks": [
            {"key": "logo", "context": "LOGO", "components": [LOGO], "default": True},
            {"key": "panel", "context": "HTML", "components": [LOGO]},
        ],
        "assets": [],
        "requirements": [REKUEST],
        **changes,
    }


def image(
    identifier: str = "org.example.cells",
    version: str = "1.0.0",
    flavour: str = "vanilla",
    *keys: str,
    **changes: Any,
) -> dict[str, Any]:
    """An image as deployments files and the client write it."""
    return {
        "appImageId": f"{identifier}-{version}-{flavour}",
        "flavourName": flavour,
        "manifest": {
            "identifier": identifier,
            "version": version,
            "author": "ada",
            "scopes": ["openid"],
            "entrypoint": "app",
        },
        "selectors": [],
        "inspection": inspection(*keys),
        "image": {
            "imageString": f"registry.example.org/{identifier}@{DIGEST}",
            "buildAt": "2026-01-02T03:04:05Z",
        },
        **changes,
    }


def without(document: dict[str, Any], *path: str) -> dict[str, Any]:
    """The same document without what stands at a path."""
    found = copy.deepcopy(document)
    inner = found
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return found


def descriptor(
    identifier: str = "org.example.cells",
    version: str = "1.0.0",
    *flavours: str,
    keys: tuple[str, ...] = ("double",),
    **changes: Any,
) -> bytes:
    """The descriptor of a release, as a registry carries it."""
    document = {
        "spec_version": 1,
        "manifest": image(identifier, version)["manifest"],
        "flavours": [
            {
                "name": name,
                "image": f"registry.example.org/{identifier}@sha256:{digest_of(name)}",
                "platforms": ["linux/amd64"],
                "selectors": [],
                "inspection": inspection(*keys),
                "built_at": "2026-01-02T03:04:05Z",
            }
            for name in flavours or ("vanilla",)
        ],
        **changes,
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def digest_of(text: str | bytes) -> str:
    """Return the hex digest of a text."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
