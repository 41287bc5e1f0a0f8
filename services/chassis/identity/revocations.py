"""Which clients the issuer has let go: their tokens are refused before they expire.

A token says how often its client had been let go when it was made, its generation; the list says
which is the least that counts. Nothing depends on clocks: who is let in again within the same
second gets a token of the next generation, and whatever was made before the block stays refused.

The list is fetched at most once per period, and only while tokens come in. When the issuer cannot
be reached the last list goes on to be used: a restart of it must not log everybody out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from chassis.identity.principal import Principal
from chassis.logs import get_logger

logger = get_logger(__name__)

#: Returns `{"revoked": {client id: least generation of its tokens that counts}}`.
RevocationSource = Callable[[], Awaitable[Mapping[str, Any]]]

_SECONDS = 2.0


def revocations_at(url: str) -> RevocationSource:
    """Return a source that asks the issuer."""

    async def fetch() -> Mapping[str, Any]:
        # Without TLS there are no certificates; to read all authorities takes 20 ms each time.
        is_tls = url.startswith("https:")
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False, verify=is_tls) as client:
            answer = await client.get(url)
            answer.raise_for_status()
            document = answer.json()
        if not isinstance(document, Mapping):
            raise ValueError("a revocation list must be a JSON object")
        return document

    return fetch


class RevocationList:
    """The issuer's list, never older than two periods while the issuer can be reached."""

    def __init__(self, source: RevocationSource, period_seconds: float) -> None:
        self._source = source
        self._period = period_seconds
        self._revoked: dict[str, int] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def check(self, principal: Principal) -> bool:
        """Tell whether the client of a token may still use it."""
        age = time.monotonic() - self._fetched_at
        if age > self._period:
            await self._renew(must_wait=age > 2 * self._period)
        return principal.generation >= self._revoked.get(principal.client, 0)

    async def _renew(self, *, must_wait: bool) -> None:
        if time.monotonic() - self._tried_at < self._period / 3:
            return
        if must_wait:
            await self._fetch()
        elif self._task is None or self._task.done():
            self._task = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        async with self._lock:
            if time.monotonic() - self._tried_at < self._period / 3:
                return  # Somebody else has just done it.
            self._tried_at = time.monotonic()
            try:
                document = await self._source()
                revoked = {str(key): int(least) for key, least in document["revoked"].items()}
            except (httpx.HTTPError, OSError, ValueError, LookupError, AttributeError) as error:
                logger.warning(
                    "no revocations: %s", error, extra={"event": "revocations.fetch_failed"}
                )
                return
            self._revoked = revoked
            self._fetched_at = self._tried_at
