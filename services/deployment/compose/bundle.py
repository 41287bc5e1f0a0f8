"""All images of an installation in one file, for an engine that reaches no registry.

The file is a tar of two entries: a manifest, and what the engine writes of the images. The manifest
comes first and names the digest of the other, so a damaged file is refused before anything is
loaded.
"""

from __future__ import annotations

import json
import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from deployment.backup.contents import digest_of, digest_of_open
from deployment.compose.installation import plan_of
from deployment.compose.parts import all_parts
from deployment.compose.plan import IMAGE
from deployment.config import Settings
from deployment.containers import Compose, compose_of, image_of
from deployment.errors import DeploymentError, ToolMissing
from deployment.home import Home
from deployment.version import version

_MANIFEST, _IMAGES = "bundle.json", "images.tar"
_FORMAT = 1
_MOST_MANIFEST = 1024 * 1024
_PINNED = re.compile(r"(?P<name>.+?)(:[^:/@]+)?@sha256:(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True)
class Image:
    """One image of a bundle."""

    #: As the compose file names it.
    name: str
    #: As it is named after it was loaded: an engine forgets the digest it was pulled by.
    kept: str
    #: What it consists of, the same in every engine.
    layers: list[str]
    architecture: str


@dataclass(frozen=True)
class Bundle:
    """What a file holds."""

    version: str
    digest: str
    images: list[Image]

    @property
    def renamed(self) -> dict[str, str]:
        """Images that have to be named otherwise in the settings, and how."""
        return {image.name: image.kept for image in self.images if image.name != image.kept}


def export(
    home: Home, settings: Settings, target: Path, environ: Mapping[str, str] | None = None
) -> Bundle:
    """Write all images that the compose file names into one new file.

    Raises:
        ToolMissing: the engine has not all of them.
        DeploymentError: there is a file of that name, or it cannot be written.
    """
    if target.exists():
        raise DeploymentError(f"there is a file {target} already", field="file")
    compose = compose_of(home, environ)
    images = [_image(compose, name) for name in _named(settings)]
    with _readable(target), tempfile.TemporaryDirectory(dir=target.parent, prefix=".bundle-") as at:
        saved, draft = Path(at) / _IMAGES, Path(at) / target.name
        compose.engine("save", "--output", str(saved), *(image.kept for image in images))
        bundle = Bundle(version(), digest_of(saved), images)
        text = json.dumps({"format": _FORMAT, **asdict(bundle)}).encode()
        with tarfile.open(draft, "w") as archive:
            head = tarfile.TarInfo(_MANIFEST)
            head.size = len(text)
            archive.addfile(head, BytesIO(text))
            archive.add(saved, _IMAGES)
        draft.rename(target)
    return bundle


def _named(settings: Settings) -> list[str]:
    """Return every image of the compose file, ours first."""
    found = [part["image"] for part in all_parts(plan_of(settings)).values()]
    ours = settings.compose.image or image_of(version())
    return [ours, *sorted({image for image in found if image != IMAGE})]


def _image(compose: Compose, name: str) -> Image:
    known = compose.image(name)
    if known is None:
        raise ToolMissing(
            f"the engine has no image {name}",
            hint=f"Have it first: docker pull {name}, or for ours: docker build -t {name} .",
        )
    kept, pinned = name, _PINNED.fullmatch(name)
    if pinned:
        kept = f"{pinned['name']}:sha256-{pinned['digest'][:12]}"
        compose.engine("tag", name, kept)
    return Image(name, kept, known["RootFS"]["Layers"], known["Architecture"])


def load(home: Home, source: Path, environ: Mapping[str, str] | None = None) -> Bundle:
    """Check a file and give its images to the engine.

    Raises:
        DeploymentError: it is no bundle, damaged, or of another version or architecture.
    """
    compose = compose_of(home, environ)
    with _readable(source), tarfile.open(source, "r:") as archive:
        bundle = _manifest(archive)
        _refuse_others(compose, bundle)
        with _images(archive) as file:
            found = digest_of_open(file)
        if found != bundle.digest:
            raise DeploymentError(
                f"{source} is damaged: its images are not those that were written",
                hint="Copy it once more from where it was made.",
            )
        with _images(archive) as file:
            compose.load(file)
    for image in bundle.images:
        known = compose.image(image.kept)
        if known is None or known["RootFS"]["Layers"] != image.layers:
            raise DeploymentError(f"{source} does not hold the image {image.kept} that it names")
    return bundle


def _manifest(archive: tarfile.TarFile) -> Bundle:
    entry = archive.next()
    if entry is None or entry.name != _MANIFEST or entry.size > _MOST_MANIFEST:
        raise tarfile.ReadError("no manifest")
    file = archive.extractfile(entry)
    body: dict[str, Any] = json.loads(file.read() if file else b"")
    if body.pop("format") != _FORMAT:
        raise DeploymentError(
            "the bundle was made by a newer program", hint="Install the program it was made by."
        )
    images = [Image(**row) for row in body.pop("images")]
    return Bundle(**body, images=images)


def _refuse_others(compose: Compose, bundle: Bundle) -> None:
    if bundle.version != version():
        raise DeploymentError(
            f"the bundle holds Bauhof {bundle.version}, this program is {version()}",
            hint=f"Install the program of {bundle.version} first, or export with this one.",
        )
    mine = compose.engine("version", "--format", "{{.Server.Arch}}").decode().strip()
    other = next((one for one in bundle.images if one.architecture != mine), None)
    if other is not None:
        raise DeploymentError(
            f"{other.name} in the bundle is for {other.architecture}, this machine is {mine}",
            hint=f"Export it on a machine of the kind {mine}.",
        )


@contextmanager
def _images(archive: tarfile.TarFile) -> Iterator[IO[bytes]]:
    file = archive.extractfile(_IMAGES)
    if file is None:
        raise tarfile.ReadError("no images")
    with file:
        yield file


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say in one sentence what is wrong with a file."""
    try:
        yield
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise DeploymentError(
            f"{path} is no bundle", hint="Make one: bauhof bundle export FILE", field="file"
        ) from error
    except OSError as error:
        raise DeploymentError(f"{path}: {error.strerror}", field="file") from error
