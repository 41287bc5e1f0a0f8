"""The platform's image, built from the Dockerfile as a user does, on a base made on this machine.

No image can be pulled where the tests run: debootstrap gives the base the Dockerfile starts from,
this machine's pip the locked wheels, and `docker build` does the rest. The base and the wheels stay
in `.cache/engine`, the layers in the engine of the tests, so a second run builds what has changed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from base_image import _codename as codename
from base_image import _mirror as mirror
from daemon import CACHE, ROOT, Engine, NoEngine

BASE = "bauhof-test/system"
_PACKAGES = "ca-certificates,python3,python3-venv,redis-server"
_UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt")
_CONTEXT = ("Dockerfile", "pyproject.toml", "requirements.lock", "README.md", "LICENSE", "services")
_CONTEXT += ("fakts", "rekuest", "mikro", "kabinet", "gateway", "scripts")


def platform_image(engine: Engine, tag: str) -> str:
    """Build the image from this working copy; its name."""
    base = _base(engine)
    name = f"bauhof-test/platform:{tag}"
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="context-") as folder:
        context = _context(Path(folder) / "context")
        engine.docker(
            *("build", "--quiet", "--tag", name, "--network", "none"),
            *("--build-arg", f"BASE={base}", "--build-arg", "PIP_NO_INDEX=1", str(context)),
            timeout=600,
        )
    return name


def _base(engine: Engine) -> str:
    """Have the image the Dockerfile starts from: Debian with its Python and its Redis."""
    digest = hashlib.sha256(f"{_PACKAGES} {codename()} {_UNUSED}".encode()).hexdigest()[:12]
    name = f"{BASE}:{digest}"
    if engine.docker("images", "--quiet", name):
        return name
    archive = CACHE / f"system-{digest}.tar"
    if not archive.exists():
        _debootstrap(archive)
    with archive.open("rb") as stream:
        done = subprocess.run(
            ["docker", "import", "-", name],
            env=engine.environment(),
            stdin=stream,
            capture_output=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()
    return name


def _debootstrap(archive: Path) -> None:
    if shutil.which("debootstrap") is None:
        raise NoEngine("no base image: debootstrap not installed (scripts/setup.sh engine)")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        root = Path(folder) / "root"
        words = ["--variant=minbase", f"--include={_PACKAGES}"]
        _run("debootstrap", *words, codename(), str(root), mirror())
        for name in _UNUSED:
            shutil.rmtree(root / name, ignore_errors=True)
        draft = Path(folder) / "system.tar"
        _run("tar", "-C", str(root), "--numeric-owner", "-cf", str(draft), ".")
        draft.replace(archive)


def _wheels() -> Path:
    """Have the locked wheels, as somebody without a network in the engine gets them there."""
    lock = ROOT / "requirements.lock"
    folder = CACHE / f"wheels-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        draft = folder.with_name(f".{folder.name}")
        shutil.rmtree(draft, ignore_errors=True)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        _run(*pip, "--no-deps", "--only-binary=:all:", "-r", str(lock), "--dest", str(draft))
        draft.rename(folder)
    return folder


def _context(folder: Path) -> Path:
    """Put together what the Dockerfile reads: the sources of this working copy and the wheels."""
    folder.mkdir()
    skipped = shutil.ignore_patterns("__pycache__", "node_modules", "*.pyc")
    for name in _CONTEXT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skipped)
        else:
            shutil.copy2(source, folder / name)
    shutil.copytree(_wheels(), folder / "wheels")
    return folder


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
