"""A GraphQL client that talks to an ASGI application in the same process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from chassis.testing.mint import Member


@dataclass(frozen=True)
class GraphQLAnswer:
    """What came back of one operation."""

    status: int
    data: dict[str, Any] | None
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[str]:
        """The `extensions.code` of each error."""
        return [error.get("extensions", {}).get("code", "") for error in self.errors]

    def ok(self) -> dict[str, Any]:
        """Return the data of an answer that must hold no error."""
        assert not self.errors, self.errors
        assert self.data is not None
        return self.data


class GraphQLClient:
    """Call it with a document, and a member unless anonymous: `await graphql(text, ada, id=3)`."""

    def __init__(self, application: Any, path: str) -> None:
        self._application = application
        self._path = path

    async def __call__(
        self, document: str, member: Member | None = None, /, **variables: Any
    ) -> GraphQLAnswer:
        """Run one operation."""
        transport = httpx.ASGITransport(self._application)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.post(
                self._path,
                json={"query": document, "variables": variables},
                headers=member.headers if member else {},
            )
        body = answer.json()
        return GraphQLAnswer(answer.status_code, body.get("data"), body.get("errors") or [])
