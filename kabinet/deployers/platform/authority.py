"""What a deployer asks of fakts: keys under a mandate, their end, and values an admin set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
from rath.operation import GraphQLException

from deployers.core.model import Approval, Key
from deployers.platform.faults import translated

_ISSUE = """
mutation Issue($mandate: ID!, $device: String!, $label: String) {
  issueChildMandateKey(input: {mandate: $mandate, deviceId: $device, label: $label}) {
    key
    clientId
    mandate { id }
  }
}
"""
_REVOKE = "mutation Revoke($id: ID!) { revokeMandate(input: {id: $id}) { id } }"
_CLIENTS = "query Clients($id: ID!) { mandate(id: $id) { clients { clientId } } }"
_USED = "query Used($id: ID!) { mandate(id: $id) { lastUsedAt } }"
_PATIENCE = aiohttp.ClientTimeout(total=30)
_UNAUTHENTICATED = 401


class Tokens(Protocol):
    """Gives access tokens; the client library's own loader does."""

    async def aget_token(self) -> str:
        """Return a token that is valid."""
        ...

    async def arefresh_token(self, stale_token: str | None = None) -> str:
        """Return a new one for one that was refused."""
        ...


class Authority:
    """fakts, as the app that logged in there."""

    def __init__(self, url: str, tokens: Tokens) -> None:
        self._url = url.rstrip("/")
        self._tokens = tokens

    async def issue_key(self, approval: Approval, device: str, label: str) -> Key:
        """Return a key for one container, on this device."""
        made = await self._ask(_ISSUE, mandate=approval.mandate, device=device, label=label)
        issued = made["issueChildMandateKey"]
        return Key(
            secret=issued["key"], mandate=issued["mandate"]["id"], client_id=issued["clientId"]
        )

    async def revoke_key(self, mandate: str) -> None:
        """End a key and what was logged in with it."""
        await self._ask(_REVOKE, id=mandate)

    async def client_of(self, mandate: str) -> str | None:
        """Return which client logged in with a key, once one has."""
        found = (await self._ask(_CLIENTS, id=mandate))["mandate"]
        clients = found["clients"] if found else []
        return str(clients[0]["clientId"]) if clients else None

    async def has_logged_in(self, mandate: str) -> bool:
        """Tell whether somebody logged in with a key."""
        found = (await self._ask(_USED, id=mandate))["mandate"]
        return bool(found and found["lastUsedAt"])

    async def remote_values(self) -> dict[str, object]:
        """Return the values set for this app; none where the installation has no such thing."""
        async with translated("fakts"), aiohttp.ClientSession(timeout=_PATIENCE) as session:
            headers = {"Authorization": f"Bearer {await self._tokens.aget_token()}"}
            async with session.get(f"{self._url}/fakts/f/values/", headers=headers) as answer:
                if answer.status >= 500:
                    answer.raise_for_status()
                body = await answer.json(content_type=None) if answer.status == 200 else {}
        return dict(body) if isinstance(body, dict) else {}

    async def _ask(self, document: str, **variables: object) -> Any:
        body = {"query": document, "variables": variables}
        async with translated("fakts"), aiohttp.ClientSession(timeout=_PATIENCE) as session:
            token = await self._tokens.aget_token()
            answer = await self._post(session, token, body)
            if answer is None:
                token = await self._tokens.arefresh_token(token)
                answer = await self._post(session, token, body)
            if answer is None:
                raise OSError("fakts refuses the token of the deployer")
            if answer.get("errors"):
                raise GraphQLException(str(answer["errors"][0].get("message")))
            return answer["data"]

    async def _post(
        self, session: aiohttp.ClientSession, token: str, body: Mapping[str, object]
    ) -> dict[str, Any] | None:
        """Return the answer; None when the token is not accepted."""
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(f"{self._url}/fakts/graphql", json=body, headers=headers) as answer:
            if answer.status == _UNAUTHENTICATED:
                return None
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found
