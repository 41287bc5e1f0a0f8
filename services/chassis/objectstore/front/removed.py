"""Which clients the issuer of tokens has let go: grants that were made for them end with them.

Asked for again and again, whether or not requests come in, by the plain library: the front knows
nothing of tokens and stays small. When the issuer cannot be reached the last list is used.
"""

from __future__ import annotations

import asyncio
import logging
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import msgspec

from chassis.logs import get_logger
from chassis.objectstore.contract import GrantScope
from chassis.objectstore.front.faults import Fault

logger = get_logger(__name__)

_TIMEOUT_SECONDS = 2.0
_MOST_BYTES = 64 * 1024 * 1024
#: The issuer may start after the front: its first silences are told to nobody.
_PATIENCE = 3


class _Listed(msgspec.Struct):
    revoked: dict[str, int]


class RemovedClients:
    """The issuer's list as it was last fetched; without an address nobody is on it."""

    def __init__(self, url: str | None) -> None:
        self._url = urlsplit(url) if url else None
        self._least: dict[str, int] = {}
        self._failed = 0

    def check(self, scope: GrantScope | None) -> None:
        """Raise `AccessDenied` for a grant of a client that was let go after it was made."""
        if scope is not None and scope.generation < self._least.get(scope.client, 0):
            raise Fault("AccessDenied", "The client of this grant was removed or blocked.")

    async def follow(self, seconds: float) -> None:
        """Fetch the list now and every so many seconds, until cancelled."""
        while self._url is not None:
            await asyncio.to_thread(self.fetch)
            await asyncio.sleep(seconds)

    def fetch(self) -> None:
        """Fetch the list; keep the last one when that fails."""
        try:
            self._least = self._read()
            self._failed = 0
        except (OSError, HTTPException, ValueError) as error:
            self._failed += 1
            logger.log(
                logging.WARNING if self._failed >= _PATIENCE else logging.DEBUG,
                "could not fetch the revocations: %s",
                error,
                extra={"event": "revocations.fetch_failed"},
            )

    def _read(self) -> dict[str, int]:
        assert self._url is not None
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        link = kind(self._url.hostname or "", self._url.port, timeout=_TIMEOUT_SECONDS)
        try:
            link.request("GET", self._url.path, headers={"accept": "application/json"})
            answer = link.getresponse()
            if answer.status != 200:
                raise ValueError(f"the issuer answered {answer.status}")
            return msgspec.json.decode(answer.read(_MOST_BYTES), type=_Listed).revoked
        finally:
            link.close()
