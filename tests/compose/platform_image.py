"""The platform's image, built from the Dockerfile as a user does, on a base made on this machine.

No image can be pulled where the tests run: debootstrap gives the base the Dockerfile starts from,
this machine's pip the locked wheels, and `docker build` does the rest. The base and the wheels stay
in `.cache/engine`.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from base_image import codename, feed, kept, mirror
from daemon import CACHE, ROOT, Engine, NoEngine

_PACKAGES = "ca-certificates,python3,python3-venv,redis-server"
_UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt")
_SOURCES = ("Dockerfile", "pyproject.toml", "requirements.lock", "README.md", "LICENSE", "services")
_SOURCES += ("fakts", "rekuest", "mikro", "kabinet", "gateway", "scripts")
_LOCKS = (
    ROOT / "requirements.lock",
    ROOT / "kabinet" / "deployers" / "docker" / "requirements.lock",
)


def platform_image(engine: Engine, name: str) -> None:
    """Build the image from this working copy under a name."""
    base = _base(engine)
    digest = _digest("".join(lock.read_text() for lock in _LOCKS))
    wheels = kept(f"wheels-{digest}.tar", _make_wheels)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="context-") as folder:
        context = Path(folder) / "context.tar"
        shutil.copyfile(wheels, context)
        with tarfile.open(context, "a") as archive:
            for source in _SOURCES:
                archive.add(ROOT / source, source, filter=_wanted)
        arguments = ("--build-arg", f"BASE={base}", "--build-arg", "PIP_NO_INDEX=1")
        # The engine of Debian brings no buildx; what the Dockerfile says holds for both builders.
        feed(engine, context, "build", "--quiet", "--network=none", "--tag", name, *arguments, "-")


def _wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out what the .dockerignore leaves out."""
    skipped = {"__pycache__", "node_modules"}
    return None if skipped & {*Path(entry.name).parts} else entry


def _digest(recipe: str) -> str:
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def _base(engine: Engine) -> str:
    """Have the image the Dockerfile starts from: Debian with its Python and its Redis."""
    digest = _digest(f"{_PACKAGES} {codename()} {_UNUSED}")
    name = f"bauhof-test/system:{digest}"
    if not engine.docker("images", "--quiet", name):
        feed(engine, kept(f"system-{digest}.tar", _make_system), "import", "-", name)
    return name


def _make_system(folder: Path) -> None:
    if shutil.which("debootstrap") is None:
        raise NoEngine("no base image: debootstrap not installed (scripts/setup.sh engine)")
    root = folder / "root"
    words = ["--variant=minbase", f"--include={_PACKAGES}"]
    _run("debootstrap", *words, codename(), str(root), mirror())
    for name in _UNUSED:
        shutil.rmtree(root / name, ignore_errors=True)
    _run("tar", "-C", str(root), "--numeric-owner", "-cf", str(folder / "made.tar"), ".")


def _make_wheels(folder: Path) -> None:
    """Get the locked wheels, as somebody does whose engine has no network."""
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    wheels = folder / "wheels"
    for lock in _LOCKS:
        _run(*pip, "--no-deps", "--only-binary=:all:", "-r", str(lock), "--dest", str(wheels))
    _run("tar", "-C", str(folder), "-cf", str(folder / "made.tar"), "wheels")


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
