"""The image apps of the tests start from: Debian with the released clients, made on this machine.

No image can be pulled where the tests run: debootstrap gives the system, this machine's pip the
locked clients for the image's Python, `docker import` the image. Its name carries a digest of the
recipe, so it is made once and again only when the recipe or a pin changes.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from daemon import CACHE, ROOT, Engine, NoEngine

PINS = ROOT / "tests" / "acceptance" / "requirements-clients.lock"
REPOSITORY = "bauhof-test/base"
_UNUSED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt")
_PROGRAM = """\
#!/usr/bin/python3
import sys
from arkitekt.cli.main import cli
sys.exit(cli())
"""


def base_image(engine: Engine) -> str:
    """Return the name of the base image, which is made if the engine does not have it."""
    name = f"{REPOSITORY}:{_digest()}"
    if engine.docker("images", "--quiet", name):
        return name
    archive = CACHE / f"base-{_digest()}.tar"
    if not archive.exists():
        _build(archive)
    with archive.open("rb") as stream:
        words = ("--change", "ENV LANG=C.UTF-8 PYTHONUNBUFFERED=1", "--change", 'CMD ["sh"]')
        done = subprocess.run(
            ["docker", "import", *words, "-", name],
            env=engine.environment(),
            stdin=stream,
            capture_output=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()
    return name


def _digest() -> str:
    recipe = Path(__file__).read_bytes() + PINS.read_bytes() + _codename().encode()
    return hashlib.sha256(recipe).hexdigest()[:12]


def _codename() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "VERSION_CODENAME":
            return value.strip('"')
    raise NoEngine("the base image is made by debootstrap, which needs a Debian here")


def _mirror() -> str:
    """The package source of this machine, so that a local mirror is used where there is one."""
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if sources.exists():
        for line in sources.read_text().splitlines():
            if line.startswith("URIs:"):
                return line.split()[1]
    return "http://deb.debian.org/debian"


def _build(archive: Path) -> None:
    if shutil.which("debootstrap") is None:
        raise NoEngine("no base image: debootstrap not installed (scripts/setup.sh engine)")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        root = Path(folder) / "root"
        root.mkdir()
        (Path(folder) / "packages").mkdir()
        words = ["--variant=minbase", "--include=ca-certificates,python3"]
        _run("debootstrap", *words, _codename(), str(root), _mirror())
        for name in _UNUSED:
            shutil.rmtree(root / name, ignore_errors=True)
        _install_clients(root)
        draft = Path(folder) / "base.tar"
        _run("tar", "-C", str(root), "--numeric-owner", "-cf", str(draft), ".")
        # Older recipes are of no use to anybody.
        for old in CACHE.glob("base-*.tar"):
            old.unlink()
        draft.replace(archive)


def _install_clients(root: Path) -> None:
    version = next((root / "usr/lib").glob("python3.*")).name.removeprefix("python")
    target = root / "usr/local/lib" / f"python{version}" / "dist-packages"
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--target", str(target), "--python-version", version, "--only-binary=:all:"),
        # What an app needs to run; what else the pins name would only make the image large.
        *("--constraint", str(PINS), "arkitekt", "rekuest"),
    )
    # The programs pip wrote there start this machine's interpreter.
    shutil.rmtree(target / "bin", ignore_errors=True)
    program = root / "usr/local/bin/arkitekt"
    program.write_text(_PROGRAM)
    program.chmod(0o755)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
