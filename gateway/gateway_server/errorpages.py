"""Answers of the gateway itself: JSON for programs, a short page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_RETRY_AFTER_SECONDS = 2
_AWAY = "{http.error.status_code} in [502, 503, 504]"
_WAIT = {"Retry-After": [str(_RETRY_AFTER_SECONDS)]}
#: A person waits; the page asks again by itself.
_AWAY_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="{_RETRY_AFTER_SECONDS}">
<title>One moment - Bauhof</title>
</head>
<body>
<main>
<h1>One moment</h1>
<p>This part of the platform is starting or restarting. The page tries again by itself.</p>
</main>
</body>
</html>
"""


def error_routes() -> list[Json]:
    """Return what is answered when no service answered."""
    return [
        _page(_AWAY, 503, _AWAY_PAGE, _WAIT),
        _on_status(
            _AWAY,
            503,
            "UNAVAILABLE",
            "The service is starting or restarting; try again shortly.",
            _WAIT,
        ),
        _on_status(
            "{http.error.status_code} == 413",
            413,
            "PAYLOAD_TOO_LARGE",
            "The request is larger than this server accepts.",
        ),
        _on_status(
            "{http.error.status_code} == 404", 404, "NOT_FOUND", "There is nothing at this address."
        ),
        _on_status(
            "true", "{http.error.status_code}", "GATEWAY", "The request could not be served."
        ),
    ]


def _page(expression: str, status: int, html: str, headers: Mapping[str, list[str]]) -> Json:
    policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    answer = _answer(
        status,
        html,
        {
            "Content-Type": ["text/html; charset=utf-8"],
            "Content-Security-Policy": [policy],
            **headers,
        },
    )
    wanted = {"expression": expression, "header": {"Accept": ["text/html*"]}}
    return {"match": [wanted], "terminal": True, "handle": [answer]}


def _on_status(
    expression: str,
    status: int | str,
    code: str,
    text: str,
    headers: Mapping[str, list[str]] | None = None,
) -> Json:
    body = json.dumps({"error": code, "error_description": text})
    answer = _answer(status, body, {"Content-Type": ["application/json"], **(headers or {})})
    return {"match": [{"expression": expression}], "terminal": True, "handle": [answer]}


def _answer(status: int | str, body: str, headers: Mapping[str, list[str]]) -> Json:
    return {
        "handler": "static_response",
        "status_code": status,
        "headers": {
            "Cache-Control": ["no-store"],
            "X-Content-Type-Options": ["nosniff"],
            "Server": [],
            **headers,
        },
        "body": body,
    }
