"""The images tests start from, made on this machine because none can be pulled where they run.

`debian_image` is what debootstrap gives, `base_image` the same with the released clients, the
locked ones for the image's Python by this machine's pip. Both are kept as archives in
`.cache/engine`, whose names carry a digest of what they are made of: made once, by one run at a
time, and again only when the recipe or a pin changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from daemon import CACHE, ROOT, Engine, NoEngine

PINS = ROOT / "tests" / "acceptance" / "requirements-clients.lock"
_UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt")
_SYSTEM = ("debootstrap", "--variant=minbase", "--include=ca-certificates,python3")
_PROGRAM = """\
#!/usr/bin/python3
import sys
from arkitekt.cli.main import cli
sys.exit(cli())
"""
_ADDED = "FROM {system}\nCOPY files /\n"


def debian_image(engine: Engine) -> str:
    """Return the name of an image of this machine's Debian with Python."""
    digest = _digest(" ".join((*_SYSTEM, *_UNUSED, codename())))
    name = f"bauhof-test/debian:{digest}"
    if not engine.docker("images", "--quiet", name):
        archive = kept(f"debian-{digest}.tar", _make_system)
        words = ("--change", "ENV LANG=C.UTF-8 PYTHONUNBUFFERED=1", "--change", 'CMD ["sh"]')
        feed(engine, archive, "import", *words, "-", name)
    return name


def base_image(engine: Engine) -> str:
    """Return the name of the image apps start from."""
    system = debian_image(engine)
    digest = _digest(system + PINS.read_text() + _PROGRAM + _ADDED)
    name = f"bauhof-test/base:{digest}"
    if not engine.docker("images", "--quiet", name):
        version = engine.docker("run", "--rm", system, "readlink", "/usr/bin/python3").strip()
        version = version.removeprefix("python")
        context = kept(f"base-{digest}.tar", lambda to: _make_clients(to, version, system))
        feed(engine, context, "build", "--quiet", "--network=none", "--tag", name, "-")
    return name


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return an archive of the cache, made if it is not there; runs side by side wait."""
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / name
    with (CACHE / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if archive.exists():
            return archive
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            make(Path(folder))
            # Older recipes are of no use to anybody.
            for old in CACHE.glob(f"{name.rpartition('-')[0]}-*.tar"):
                old.unlink()
            (Path(folder) / "made.tar").replace(archive)
    return archive


def _digest(recipe: str) -> str:
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def codename() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "VERSION_CODENAME":
            return value.strip('"')
    raise NoEngine("the base image is made by debootstrap, which needs a Debian here")


def mirror() -> str:
    """The package source of this machine, so that a local mirror is used where there is one."""
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if sources.exists():
        for line in sources.read_text().splitlines():
            if line.startswith("URIs:"):
                return line.split()[1]
    return "http://deb.debian.org/debian"


def _make_system(folder: Path) -> None:
    if shutil.which("debootstrap") is None:
        raise NoEngine("no base image: debootstrap not installed (scripts/setup.sh engine)")
    root = folder / "root"
    root.mkdir()
    _run(*_SYSTEM, codename(), str(root), mirror())
    for name in _UNUSED:
        shutil.rmtree(root / name, ignore_errors=True)
    _run("tar", "-C", str(root), "--numeric-owner", "-cf", str(folder / "made.tar"), ".")


def _make_clients(folder: Path, version: str, system: str) -> None:
    context = folder / "context"
    target = context / "files/usr/local/lib" / f"python{version}" / "dist-packages"
    target.mkdir(parents=True)
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--target", str(target), "--python-version", version, "--only-binary=:all:"),
        # What an app needs to run; what else the pins name would only make the image large.
        *("--constraint", str(PINS), "arkitekt", "rekuest"),
    )
    # The programs pip wrote there start this machine's interpreter.
    shutil.rmtree(target / "bin", ignore_errors=True)
    program = context / "files/usr/local/bin/arkitekt"
    program.parent.mkdir(parents=True)
    program.write_text(_PROGRAM)
    program.chmod(0o755)
    (context / "Dockerfile").write_text(_ADDED.format(system=system))
    _run("tar", "-C", str(context), "--numeric-owner", "-cf", str(folder / "made.tar"), ".")


def feed(engine: Engine, archive: Path, *words: str) -> None:
    with archive.open("rb") as stream:
        done = subprocess.run(
            ["docker", *words],
            env=engine.environment(),
            stdin=stream,
            capture_output=True,
            timeout=600,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
