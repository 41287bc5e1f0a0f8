"""Secrets of apps at rest: sealed with a key that is not in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from chassis.config import current
from chassis.errors import Unavailable
from chassis.secretfile import ensure_secret
from kabinet_server.config import KabinetConfig


def seal(values: Mapping[str, Any]) -> bytes:
    """Return values as bytes that only this installation can read."""
    return _box().encrypt(json.dumps(values).encode())


def unseal(sealed: bytes | memoryview | None) -> dict[str, Any]:
    """Return what was sealed; nothing if nothing was."""
    if sealed is None:
        return {}
    try:
        values: dict[str, Any] = json.loads(_box().decrypt(bytes(sealed)))
    except InvalidToken:
        raise Unavailable(
            "These secrets were sealed with another key (secrets.key_file); set them again."
        ) from None
    return values


def _box() -> Fernet:
    config = current(KabinetConfig)
    return _box_of(config.secrets.key_file or config.state_dir / "sealing.key")


@lru_cache(maxsize=8)
def _box_of(path: Path) -> Fernet:
    return Fernet(ensure_secret(path, lambda: Fernet.generate_key().decode()).encode())
