"""`bauhof support-bundle`: what somebody who helps needs to see, without a secret in it."""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from chassis.clock import now
from deployment import launch
from deployment.backup.vault import Vault
from deployment.doctor import diagnose
from deployment.errors import DeploymentError, HomeUnusable
from deployment.home import Home
from deployment.logfiles import tail
from deployment.redaction import redactor_of
from deployment.version import version

_LOG_LINES = 2000


@dataclass(frozen=True)
class Bundle:
    """What was written."""

    path: str
    size: int
    files: tuple[str, ...]


def write_bundle(home: Home, target: Path, *, vault: Vault, environ: Mapping[str, str]) -> Bundle:
    """Write the bundle (tar.gz, mode 0600); every text in it went through the redactor."""
    hide = redactor_of(home).hide
    names = []
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise HomeUnusable(
            f"cannot write {target}: {error.strerror}", hint="Choose another file with --to."
        ) from error
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in _texts(home, vault, environ):
            data = hide(text).encode()
            entry = tarfile.TarInfo(f"bauhof-support/{name}")
            entry.size = len(data)
            entry.mode = 0o600
            entry.mtime = int(now().timestamp())
            archive.addfile(entry, io.BytesIO(data))
            names.append(name)
    return Bundle(str(target), target.stat().st_size, tuple(names))


def _texts(home: Home, vault: Vault, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "machine.json", json.dumps(_machine(), indent=1)
    found = diagnose(home, vault=vault, port=None, environ=environ)
    yield "doctor.json", json.dumps([asdict(one) for one in found], indent=1)
    yield "status.json", json.dumps(_status(home), indent=1)
    yield "backups.json", json.dumps([asdict(one) for one in vault.summaries()], indent=1)
    for path in (home.config_file, home.services_file, home.gateway_file):
        if path.exists():
            yield path.name, path.read_text(encoding="utf8", errors="replace")
    for path in sorted(home.logs_dir.glob("*.log")):
        yield f"logs/{path.name}", "\n".join(tail(path, _LOG_LINES)) + "\n"


def _status(home: Home) -> dict[str, object]:
    try:
        return dict(launch.status(home))
    except DeploymentError as error:
        return {"error": error.as_dict()}


def _machine() -> dict[str, object]:
    packages = {dist.name: dist.version for dist in metadata.distributions()}
    return {
        "bauhof": version(),
        "python": sys.version,
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "made_at": now().isoformat(),
        "packages": dict(sorted(packages.items())),
    }
