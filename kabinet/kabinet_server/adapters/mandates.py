"""Mandates at fakts, withdrawn by the token of the person who takes an approval back.

The store holds no rights of its own there: whoever may not withdraw a mandate cannot do it by way
of the store either.
"""

from __future__ import annotations

from typing import Any

import httpx

from kabinet_server.domain.errors import MandateLeft

_WITHDRAW = "mutation Withdraw($id: ID!) { revokeMandate(input: {id: $id}) { id } }"
_PATIENCE_SECONDS = 15.0
_GONE = "NOT_FOUND"


def withdraw(url: str, *, mandate: str, token: str | None) -> None:
    """Withdraw a mandate and all keys under it; one that is gone needs no withdrawal."""
    if token is None:
        raise MandateLeft("The request brought no token that fakts could be shown.")
    try:
        answer = httpx.post(
            url,
            json={"query": _WITHDRAW, "variables": {"id": mandate}},
            headers={"Authorization": f"Bearer {token}"},
            timeout=_PATIENCE_SECONDS,
            # A service of ours, and a token of a person: nothing for a proxy.
            trust_env=False,
        )
        body: Any = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise MandateLeft("fakts cannot be asked at the moment.") from error
    problems = body.get("errors") if isinstance(body, dict) else [{}]
    if problems and _code_of(problems) != _GONE:
        raise MandateLeft(f"fakts refuses to withdraw it ({_code_of(problems)}).")


def _code_of(problems: Any) -> str:
    first = problems[0] if isinstance(problems, list) and problems else {}
    extensions = first.get("extensions") if isinstance(first, dict) else None
    return str((extensions or {}).get("code", "no reason given"))
