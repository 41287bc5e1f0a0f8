"""The issuer's public keys: fetched when needed, kept, refreshed when an unknown key appears."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import jwt

from chassis.config import TokensConfig
from chassis.errors import Unavailable
from chassis.logs import get_logger

logger = get_logger(__name__)

#: Returns a JSON Web Key Set as a dictionary.
KeySource = Callable[[], Awaitable[Mapping[str, Any]]]

_FETCH_TIMEOUT_SECONDS = 5.0


def source_from_config(config: TokensConfig) -> KeySource:
    """Choose where the keys come from: a local file, or the address of the issuer."""

    async def from_file() -> Mapping[str, Any]:
        assert config.jwks_file is not None
        text = await asyncio.to_thread(config.jwks_file.read_text, encoding="utf8")
        return _as_mapping(json.loads(text))

    async def from_url() -> Mapping[str, Any]:
        if config.jwks_url is None:
            raise Unavailable("No key set of the token issuer is configured (tokens.jwks_url).")
        async with httpx.AsyncClient(timeout=_FETCH_TIMEOUT_SECONDS, trust_env=False) as client:
            answer = await client.get(config.jwks_url)
            answer.raise_for_status()
            return _as_mapping(answer.json())

    return from_file if config.jwks_file is not None else from_url


def _as_mapping(document: Any) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise ValueError("a key set must be a JSON object")
    return document


class KeyRing:
    """Public keys by key id."""

    def __init__(self, config: TokensConfig, source: KeySource | None = None) -> None:
        self._source = source or source_from_config(config)
        self._cache_seconds = config.cache_seconds
        self._refresh_seconds = config.refresh_seconds
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def get(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key, fetching the set when it is old or does not hold this key."""
        # One that comes while another fetches waits for what that brings.
        if self._needs_fetch(key_id) or (key_id not in self._keys and self._lock.locked()):
            async with self._lock:
                if self._needs_fetch(key_id):
                    await self._fetch()
        return self._keys.get(key_id)

    def holds(self, key_id: str) -> bool:
        """Tell whether the key is in the set as last fetched and the set is still fresh."""
        return key_id in self._keys and not self._is_stale()

    def _is_stale(self) -> bool:
        return time.monotonic() - self._fetched_at > self._cache_seconds

    def _needs_fetch(self, key_id: str) -> bool:
        if key_id in self._keys and not self._is_stale():
            return False
        # A stranger who invents key ids must not turn this service into a load on the issuer.
        return not self._keys or time.monotonic() - self._tried_at > self._refresh_seconds

    async def _fetch(self) -> None:
        self._tried_at = time.monotonic()
        try:
            document = await self._source()
            keys = [jwt.PyJWK.from_dict(entry) for entry in document.get("keys", [])]
        except (httpx.HTTPError, OSError, ValueError, jwt.PyJWTError) as error:
            logger.warning(
                "could not fetch the key set: %s", error, extra={"event": "keys.fetch_failed"}
            )
            if not self._keys:
                raise Unavailable(
                    "The token issuer cannot be reached; try again shortly."
                ) from None
            return
        self._keys = {key.key_id: key for key in keys if key.key_id}
        self._fetched_at = self._tried_at
