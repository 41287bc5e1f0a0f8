"""Makes the store a configuration asks for; the driver of the front lives here too."""

from __future__ import annotations

from datetime import timedelta

from chassis import clock
from chassis.objectstore import tokens
from chassis.objectstore.client import S3Client
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import Grant, GrantScope, Mode, ObjectStore, with_mode
from chassis.objectstore.memory import MemoryStore
from chassis.objectstore.sts import StsStore
from chassis.objectstore.tokens import Credentials
from chassis.secretfile import ensure_secret

_OWN_SECONDS = 900


def open_store(config: ObjectStoreConfig) -> ObjectStore:
    """Return the store; it connects at first use, close it with `aclose`."""
    if config.driver == "memory":
        return MemoryStore(config)
    if config.driver == "sts":
        return StsStore(config)
    return FrontStore(config)


class FrontStore(S3Client):
    """Our own front: grants are signed here and looked up nowhere."""

    def __init__(self, config: ObjectStoreConfig) -> None:
        self._config = config
        self._master = ensure_secret(config.secret_file)
        self._own: tuple[float, Credentials] | None = None
        super().__init__(config, self._own_credentials)

    def _own_credentials(self) -> Credentials:
        now = clock.now().timestamp()
        if self._own is None or not 0 < self._own[0] - now < _OWN_SECONDS:
            # Renewed at half their life, so that no call begins with a token about to expire.
            minted = tokens.mint(self._master, None, now + 2 * _OWN_SECONDS)
            self._own = (now + _OWN_SECONDS, minted)
        return self._own[1]

    async def grant_read(self, scope: GrantScope) -> Grant:
        """Return credentials that read the scope."""
        return self._grant(with_mode(scope, Mode.READ, self._config.read_grant_seconds))

    async def grant_write(self, scope: GrantScope) -> Grant:
        """Return credentials that write the scope."""
        return self._grant(with_mode(scope, Mode.WRITE, self._config.write_grant_seconds))

    def _grant(self, scope: GrantScope) -> Grant:
        seconds = scope.expires_seconds or 0
        expires_at = clock.now() + timedelta(seconds=seconds)
        credentials = tokens.mint(self._master, scope, expires_at.timestamp())
        return Grant(
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            session_token=credentials.session_token,
            scope=scope,
            expires_at=expires_at,
            expires_seconds=seconds,
        )

    async def ensure_buckets(self) -> None:
        """A bucket is there as soon as a grant names it."""

    async def check(self) -> None:
        """Raise unless the front answers a signed call."""
        await self.list("health", "health/", limit=1)
