"""Logins of registries, from a file only this service reads."""

from __future__ import annotations

import json

from chassis.errors import Unavailable
from kabinet_server.config import SourcesConfig


def registry_logins(config: SourcesConfig) -> dict[str, dict[str, str]]:
    """Return user names and passwords by host; none without a file."""
    path = config.credentials_file
    if path is None:
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf8"))
        return {
            str(host): {"username": str(one["username"]), "password": str(one["password"])}
            for host, one in document.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Unavailable(
            "sources.credentials_file cannot be read; it holds an object from hosts to logins."
        ) from None
