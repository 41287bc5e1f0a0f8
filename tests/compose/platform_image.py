"""The platform's image, built from the Dockerfile as a user does, on a base made on this machine.

No image can be pulled where the tests run: debootstrap gives the base the Dockerfile starts from,
this machine's pip the locked wheels, and `docker build` does the rest. The base and the wheels stay
in `.cache/engine`; `python tests/compose/platform_image.py` makes them ahead, as the set-up does.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from base_image import clients_archive, debian_image, digest_of, feed, kept, run
from daemon import CACHE, ROOT, Engine, why_not

_SOURCES = ("Dockerfile", "pyproject.toml", "requirements.lock", "README.md", "LICENSE", "services")
_SOURCES += ("fakts", "rekuest", "mikro", "kabinet", "gateway", "scripts")
_LOCKS = (
    ROOT / "requirements.lock",
    ROOT / "kabinet" / "deployers" / "docker" / "requirements.lock",
)


def platform_image(engine: Engine, name: str) -> None:
    """Build the image from this working copy under a name."""
    base = debian_image(engine)
    wheels = _wheels()
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


def _wheels() -> Path:
    digest = digest_of("".join(lock.read_text() for lock in _LOCKS))
    return kept(f"wheels-{digest}.tar", _make_wheels)


def _make_wheels(folder: Path) -> None:
    """Get the locked wheels, as somebody does whose engine has no network."""
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    wheels = folder / "wheels"
    for lock in _LOCKS:
        run(*pip, "--no-deps", "--only-binary=:all:", "-r", str(lock), "--dest", str(wheels))
    run("tar", "-C", str(folder), "-cf", str(folder / "made.tar"), "wheels")


def main() -> None:
    """Make the archives of all images the tests build, where they can be built."""
    reason = why_not()
    if reason is None:
        clients_archive()
        _wheels()
    else:
        sys.stderr.write(f"no images are prepared: {reason}\n")


if __name__ == "__main__":
    main()
