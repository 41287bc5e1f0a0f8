"""The images tests start from, made on this machine because none can be pulled where they run.

`debian_image` is what debootstrap gives, for apps and for the platform; `base_image` the same with
the released clients, the locked ones for the image's Python by this machine's pip. Both are kept as
archives in `.cache/engine`, whose names carry a digest of what they are made of: made once, by the
set-up or by one run at a time, and again only when the recipe or a pin changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from daemon import CACHE, ROOT, Engine, NoEngine

PINS = ROOT / "tests" / "acceptance" / "requirements-clients.lock"
_UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt")
#: What the platform's image needs as well (venv, Redis): one Debian is made sooner than two.
_PACKAGES = "ca-certificates,python3,python3-venv,redis-server"
_SYSTEM = ("debootstrap", "--variant=minbase", f"--include={_PACKAGES}")
_PROGRAM = """\
#!/usr/bin/python3
import sys
from arkitekt.cli.main import cli
sys.exit(cli())
"""
_ADDED = "FROM {system}\nCOPY files /\n"


def debian_image(engine: Engine) -> str:
    """Return the name of an image of this machine's Debian with Python."""
    name = f"bauhof-test/debian:{_system_digest()}"
    if not engine.docker("images", "--quiet", name):
        words = ("--change", "ENV LANG=C.UTF-8 PYTHONUNBUFFERED=1", "--change", 'CMD ["sh"]')
        feed(engine, debian_archive(), "import", *words, "-", name)
    return name


def base_image(engine: Engine) -> str:
    """Return the name of the image apps start from."""
    name = f"bauhof-test/base:{_clients_digest()}"
    if not engine.docker("images", "--quiet", name):
        debian_image(engine)
        feed(engine, clients_archive(), "build", "--quiet", "--network=none", "--tag", name, "-")
    return name


def debian_archive() -> Path:
    """Have the files of the Debian."""
    return kept(f"debian-{_system_digest()}.tar", _make_system)


def clients_archive() -> Path:
    """Have what is built on it: the released clients."""
    system = debian_archive()
    return kept(f"base-{_clients_digest()}.tar", lambda to: _make_clients(to, system))


def _system_digest() -> str:
    return digest_of(" ".join((*_SYSTEM, *_UNUSED, codename())))


def _clients_digest() -> str:
    return digest_of(_system_digest() + PINS.read_text() + _PROGRAM + _ADDED)


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


def digest_of(recipe: str) -> str:
    """Return a word that is another one for another recipe."""
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
    run(*_SYSTEM, codename(), str(root), mirror())
    for name in _UNUSED:
        shutil.rmtree(root / name, ignore_errors=True)
    run("tar", "-C", str(root), "--numeric-owner", "-cf", str(folder / "made.tar"), ".")


def _make_clients(folder: Path, system: Path) -> None:
    with tarfile.open(system) as files:
        version = files.getmember("./usr/bin/python3").linkname.removeprefix("python")
    context = folder / "context"
    target = context / "files/usr/local/lib" / f"python{version}" / "dist-packages"
    target.mkdir(parents=True)
    run(
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
    (context / "Dockerfile").write_text(
        _ADDED.format(system=f"bauhof-test/debian:{_system_digest()}")
    )
    run("tar", "-C", str(context), "--numeric-owner", "-cf", str(folder / "made.tar"), ".")


def feed(engine: Engine, archive: Path, *words: str) -> None:
    with archive.open("rb") as stream:
        done = subprocess.run(
            ["docker", *words],
            env=engine.environment(),
            stdin=stream,
            capture_output=True,
            # A busy machine builds the platform for ten minutes.
            timeout=1200,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()


def run(*words: str) -> None:
    """Run a program to its end, which must be a good one."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
