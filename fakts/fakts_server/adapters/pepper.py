"""The server secret that device ids are hashed with."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from chassis.config import current
from chassis.secretfile import ensure_secret
from fakts_server.config import FaktsConfig
from fakts_server.domain import secret


def fingerprint(salt: str, device_id: str) -> str:
    """Return a device id as the organization with this salt keeps it."""
    pepper = _pepper(current(FaktsConfig).state_dir)
    return secret.device_fingerprint(pepper, salt, device_id)


@lru_cache(maxsize=8)
def _pepper(state_dir: Path) -> str:
    return ensure_secret(state_dir / "device.pepper")
