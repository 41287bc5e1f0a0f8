"""The app's side of the wire: what the released clients send, without the clients."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.test import Client as Browser

PASSWORD = "correct-horse-battery"


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest as arkitekt sends it for an app with an action."""
    return {
        "identifier": "org.example.blobs",
        "version": "0.2.0",
        "author": "unknown",
        "description": None,
        "logo": None,
        "scopes": ["openid"],
        "entrypoint": "app",
        "requirements": [
            requirement("rekuest", "live.arkitekt.rekuest"),
            requirement("s3", "live.arkitekt.s3"),
        ],
        "device_id": "3d12aa",
        "public_sources": [],
        **changes,
    }


def requirement(key: str, service: str, *, optional: bool = False) -> dict[str, Any]:
    """A requirement as it stands in a manifest."""
    return {"key": key, "service": service, "optional": optional, "description": None}


def start_body(**changes: Any) -> dict[str, Any]:
    """The body of a device authorization request; `changes` change its manifest."""
    return {
        "manifest": manifest(**changes),
        "expiration_time_seconds": 300,
        "redirect_uris": [],
        "requested_client_kind": "development",
        "requested_client_role": "interface",
    }


class Api:
    """An app's side of the wire."""

    def __init__(self, **headers: str) -> None:
        self.browser = Browser(headers=headers or None)

    def form(self, path: str, **fields: str) -> Any:
        """POST a form."""
        return self.browser.post(
            path, urlencode(fields), content_type="application/x-www-form-urlencoded"
        )

    def json(self, path: str, body: object) -> Any:
        """POST JSON."""
        return self.browser.post(path, json.dumps(body), content_type="application/json")

    def token(self, **fields: str) -> Any:
        """POST to the token endpoint."""
        return self.form("/fakts/o/token/", **fields)

    def mandate(self, key: str, **changes: Any) -> Any:
        """Log in by mandate key."""
        return self.token(
            grant_type="urn:fakts:grant-type:mandate-key",
            key=key,
            manifest=json.dumps(manifest(**changes)),
            requested_client_kind="development",
            requested_client_role="interface",
            request_auth_key="false",
        )

    def start(self, **changes: Any) -> dict[str, Any]:
        """Begin a device login."""
        answer = self.json("/fakts/o/app-authorization/", start_body(**changes))
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def poll(self, started: dict[str, Any]) -> Any:
        """Poll for a started device login."""
        return self.token(
            grant_type="urn:ietf:params:oauth:grant-type:device_code",
            device_code=started["device_code"],
            client_id=started["client_id"],
        )

    def refresh(self, envelope: dict[str, Any]) -> Any:
        """Refresh with the token of an envelope."""
        return self.token(
            grant_type="refresh_token",
            refresh_token=envelope["refresh_token"],
            client_id=envelope["client_id"],
        )
