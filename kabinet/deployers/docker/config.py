"""What the person who starts the deployer sets, by variables of the environment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployers.core.errors import DeployerError
from deployers.core.model import Limits
from deployers.core.settings import Settings

PREFIX = "BAUHOF_ENGINE_"
AGENT = "live.bauhof.docker"
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


@dataclass(frozen=True)
class DockerConfig:
    """The settings of this deployer beside those that all have."""

    settings: Settings
    #: Where it keeps what its containers are known by.
    state: Path
    #: Facts about the machine that no probe can know, e.g. `site=lab1`; they win over the probe.
    qualifiers: tuple[tuple[str, str], ...] = ()
    #: Container of the platform's gateway, where it is one; else a relay is used.
    gateway: str = ""
    #: A file that is touched as long as it works, for whoever watches over it.
    alive: Path | None = None


def read_config(environ: Mapping[str, str], device: str) -> DockerConfig:
    """Read the variables; raises DeployerError naming the one that makes no sense."""
    state = Path(environ.get(f"{PREFIX}STATE") or "~/.bauhof/engine/docker").expanduser()
    usual = Limits()
    limits = Limits(
        memory=int(_number(environ, "MEMORY_MB", usual.memory, least=32)),
        cpus=_number(environ, "CPUS", usual.cpus, least=0.05),
        pids=int(_number(environ, "PIDS", usual.pids, least=8)),
        log_mb=int(_number(environ, "LOG_MB", usual.log_mb, least=1)),
    )
    basis = Settings(engine=identity(state), agent=AGENT, device=device, limits=limits)
    settings = Settings(
        engine=basis.engine,
        agent=AGENT,
        device=device,
        limits=limits,
        name=environ.get(f"{PREFIX}NAME") or basis.name,
        read_only=_flag(environ, "READ_ONLY"),
        start_seconds=_number(environ, "START_SECONDS", basis.start_seconds, least=1),
        sync_seconds=_number(environ, "SYNC_SECONDS", basis.sync_seconds, least=0.2),
    )
    return DockerConfig(
        settings=settings,
        state=state,
        qualifiers=_pairs(environ.get(f"{PREFIX}QUALIFIERS", "")),
        gateway=environ.get(f"{PREFIX}GATEWAY", ""),
        alive=Path(alive) if (alive := environ.get(f"{PREFIX}ALIVE")) else None,
    )


def identity(state: Path) -> str:
    """Return what this deployer's containers are known by; made once, kept in a file."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = state / "engine-id"
    try:
        found = file.read_text(encoding="utf8").strip()
    except FileNotFoundError:
        found = ""
    if not found:
        found = uuid.uuid4().hex
        draft = file.with_name(f".engine-id.{found}")
        draft.write_text(found, encoding="utf8")
        draft.replace(file)
    return found


def _number(environ: Mapping[str, str], name: str, usual: float, *, least: float) -> float:
    text = environ.get(PREFIX + name, "").strip()
    if not text:
        return usual
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value < float("inf"):
        raise DeployerError(f"{PREFIX}{name} is {text!r}; a number from {least:g} on is needed.")
    return value


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(PREFIX + name, "").strip().lower()
    if text not in _TRUE | _FALSE:
        raise DeployerError(f"{PREFIX}{name} is {text!r}; write true or false.")
    return text in _TRUE


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read `key=value, key=value`; a value may be empty, a key may not."""
    found = []
    for item in text.split(","):
        key, _, value = item.strip().partition("=")
        if key:
            found.append((key.strip(), value.strip()))
        elif item.strip():
            raise DeployerError(f"{PREFIX}QUALIFIERS has {item.strip()!r}; write key=value.")
    return tuple(found)
