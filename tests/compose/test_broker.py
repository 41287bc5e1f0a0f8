"""The broker of jobs by itself, as its container runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import daemon
import pytest
from processes import eventually

from deployment.compose.render import redis_configuration, redis_users

PATIENCE = 120.0


@pytest.fixture
def broker(engine: daemon.Engine, image: str, tmp_path: Path) -> Iterator[str]:
    """A container with the settings and users of an installation."""
    (tmp_path / "data").mkdir()
    (tmp_path / "redis.conf").write_text(redis_configuration())
    (tmp_path / "redis.acl").write_text(redis_users({"fakts": "word"}))
    places = {
        "data": "/var/lib/bauhof/redis",
        "redis.conf": "/etc/bauhof/redis.conf:ro",
        "redis.acl": "/run/secrets/redis.acl:ro",
    }
    mounts = [word for name, at in places.items() for word in ("-v", f"{tmp_path / name}:{at}")]
    command = ("redis-server", "/etc/bauhof/redis.conf")
    ident = engine.docker("run", "-d", "--network=none", "--user=0", *mounts, image, *command)
    yield ident
    engine.docker("rm", "--force", ident)


def test_transactions_are_there_after_its_end(engine: daemon.Engine, broker: str) -> None:
    def asked(*lines: str) -> list[str]:
        """What the broker answers to fakts; nothing while it does not listen."""
        text = "\n".join(("AUTH fakts word", *lines, ""))
        answer = engine.docker(
            *("exec", "-i", broker, "sh", "-c", "redis-cli 2>&1 || true"), stdin=text.encode()
        )
        return answer.split()[1:] if answer.startswith("OK") else []

    def listens() -> bool:
        return asked("PING") == ["PONG"]

    eventually(listens, "the broker", PATIENCE)
    # Of a single write no transaction is made on disk.
    asked("MULTI", "SET fakts:one first", "SET fakts:two second", "EXEC")
    assert asked("GET fakts:two") == ["second"]
    engine.docker("kill", "--signal=KILL", broker)
    engine.docker("start", broker)
    eventually(listens, "the broker", PATIENCE)
    assert asked("GET fakts:one", "GET fakts:two") == ["first", "second"]
