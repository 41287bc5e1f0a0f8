"""Docker's compose plugin, got as a user gets it: the one that is there, else Debian's package.

The release of this machine may be older than the plugin; then the package of a newer release is
unpacked into a folder that `DOCKER_CONFIG` names. Only the plugin is taken, nothing is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from daemon import CACHE, EngineFault, NoEngine

_NEWER = "trixie"
_PLUGIN = "usr/libexec/docker/cli-plugins/docker-compose"


def docker_config() -> dict[str, str]:
    """Return the variables under which `docker compose` works."""
    if _works({}):
        return {}
    folder = CACHE / "docker-config"
    found = {"DOCKER_CONFIG": str(folder)}
    if not _works(found):
        _unpack(folder / "cli-plugins" / "docker-compose")
    if not _works(found):
        raise EngineFault("the compose plugin of Debian is there and does not run")
    return found


def _works(env: dict[str, str]) -> bool:
    done = subprocess.run(
        ["docker", "compose", "version"],
        env={**os.environ, **env},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode == 0


def _unpack(target: Path) -> None:
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if not sources.exists():
        raise NoEngine("no compose plugin, and this is no Debian to get it from")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="plugin-") as name:
        work = Path(name)
        for part in ("lists/partial", "cache/archives/partial"):
            (work / part).mkdir(parents=True)
        text = sources.read_text(encoding="utf8")
        for line in Path("/etc/os-release").read_text(encoding="utf8").splitlines():
            if line.startswith("VERSION_CODENAME="):
                text = text.replace(line.partition("=")[2], _NEWER)
        (work / "newer.sources").write_text(text, encoding="utf8")
        options = [
            f"Dir::Etc::sourcelist={work}/newer.sources",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={work}/lists",
            f"Dir::Cache={work}/cache",
            "APT::Sandbox::User=root",
        ]
        apt = ["apt-get", "-qq", *(word for option in options for word in ("-o", option))]
        _run([*apt, "update"], work)
        _run([*apt, "download", "docker-compose"], work)
        package = next(work.glob("docker-compose_*.deb"))
        _run(["dpkg-deb", "-x", str(package), "x"], work)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(work / "x" / _PLUGIN, target)


def _run(words: list[str], folder: Path) -> None:
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise NoEngine(f"no compose plugin: {words[0]}: {done.stderr.strip()[-200:]}")
