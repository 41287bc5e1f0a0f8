"""Logs an app in by mandate key, as the released client does."""

from __future__ import annotations

import json
from typing import Any

from rawhttp import Connection

MANDATE = "urn:fakts:grant-type:mandate-key"


def manifest(identifier: str) -> dict[str, Any]:
    """A manifest of an app with an action."""
    wanted = [("rekuest", "live.arkitekt.rekuest"), ("s3", "live.arkitekt.s3")]
    return {
        "identifier": identifier,
        "version": "0.1.0",
        "author": "unknown",
        "description": "A benchmark",
        "logo": None,
        "scopes": ["openid"],
        "entrypoint": "app",
        "requirements": [
            {"key": key, "service": service, "optional": False, "description": None}
            for key, service in wanted
        ],
        "device_id": "bench",
        "public_sources": [],
    }


async def log_in(connection: Connection, key: str, identifier: str) -> dict[str, Any]:
    """Return the token answer."""
    return await connection.form(
        "/fakts/o/token/",
        grant_type=MANDATE,
        key=key,
        manifest=json.dumps(manifest(identifier)),
        requested_client_kind="development",
        requested_client_role="agent",
        request_auth_key="false",
    )
