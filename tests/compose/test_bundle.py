"""The images of an installation as a file: what an engine lost it has again, bit for bit."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import daemon
import pytest
from installation import Installation

from deployment.compose.bundle import load
from deployment.errors import DeploymentError
from deployment.home import Home
from deployment.version import version


class Shelf:
    """Small images on an engine, with names of this run alone."""

    def __init__(self, engine: daemon.Engine, registry: str) -> None:
        self.engine = engine
        word = f"bauhof-bundle-{uuid.uuid4().hex[:8]}"
        self.ours, self.store = f"{word}/platform:1", f"{registry}/{word}/silo:1"
        for name in (self.ours, self.store):
            self._make(name)
        engine.docker("push", self.store)
        self.pinned = json.loads(self._inspect(self.store))[0]["RepoDigests"][0]

    @property
    def kept(self) -> str:
        name, _, digest = self.pinned.partition("@sha256:")
        return f"{name}:sha256-{digest[:12]}"

    def _make(self, name: str) -> None:
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as archive:
            text = uuid.uuid4().bytes * 4096
            entry = tarfile.TarInfo("content")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
        self.engine.docker("import", "-", name, stdin=layer.getvalue())

    def _inspect(self, name: str) -> str:
        return self.engine.docker("image", "inspect", name)

    def has(self, name: str) -> bool:
        words = ["docker", "image", "inspect", name]
        env = self.engine.environment()
        return subprocess.run(words, env=env, capture_output=True, timeout=300).returncode == 0

    def layers(self, name: str) -> list[str]:
        return list(json.loads(self._inspect(name))[0]["RootFS"]["Layers"])

    def lose(self) -> None:
        for name in (self.ours, self.store, self.pinned, self.kept):
            if self.has(name):
                self.engine.docker("rmi", "--force", name)


@pytest.fixture
def shelf(engine: daemon.Engine, registry: str) -> Iterator[Shelf]:
    made = Shelf(engine, registry)
    yield made
    made.lose()


@pytest.fixture
def made(shelf: Shelf, environ: dict[str, str], tmp_path: Path) -> Installation:
    found = Installation(tmp_path / "home", environ)
    found.run("init", "--image", shelf.ours, "--store", "silo")
    found.configure("compose", silo_image=shelf.pinned)
    return found


def told(installation: Installation, *words: str) -> tuple[int, str]:
    done = installation.call(*words)
    return done.returncode, done.stderr


def test_what_an_engine_lost_it_has_again(shelf: Shelf, made: Installation, tmp_path: Path) -> None:
    file = tmp_path / "images of the lab"
    written = made.run("bundle", "export", str(file))
    assert [image["name"] for image in written["images"]] == [shelf.ours, shelf.pinned]
    layers = shelf.layers(shelf.ours), shelf.layers(shelf.pinned)
    assert [*tmp_path.glob(".bundle-*")] == []
    code, said = told(made, "bundle", "export", str(file))
    assert code == 1 and "there is a file" in said

    shelf.lose()
    code, said = told(made, "compose", "up")
    assert code == 8 and f"has no image {shelf.ours}" in said and "bauhof bundle import" in said
    code, said = told(made, "bundle", "export", str(tmp_path / "other"))
    assert code == 8 and f"has no image {shelf.ours}" in said and "docker build" in said
    assert not (tmp_path / "other").exists()

    read = made.run("bundle", "import", str(file))
    assert read["digest"] == written["digest"]
    # A digest is what a registry says; the engine has it from none.
    assert read["renamed"] == {shelf.pinned: shelf.kept}
    assert (shelf.layers(shelf.ours), shelf.layers(shelf.kept)) == layers
    made.configure("compose", silo_image=shelf.kept)
    made.run("build")
    again = made.run("bundle", "export", str(tmp_path / "again"))
    assert [image["name"] for image in again["images"]] == [shelf.ours, shelf.kept]


def test_a_damaged_bundle_gives_the_engine_nothing(
    shelf: Shelf, made: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "bundle"
    made.run("bundle", "export", str(file))
    shelf.lose()
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    code, said = told(made, "bundle", "import", str(file))
    assert code == 1 and "is damaged" in said
    assert not shelf.has(shelf.ours) and not shelf.has(shelf.kept)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "newer program"),
        ({"version": "0.0.1"}, f"holds Bauhof 0.0.1, this program is {version()}"),
        ({"digest": None}, "is damaged"),
        ({"images": [{"name": "a"}]}, "is no bundle"),
        ({"images": "hello"}, "is no bundle"),
        (
            {"images": [{"name": "a", "kept": "a", "layers": [], "architecture": "s390x"}]},
            "is for s390x",
        ),
    ],
)
def test_what_a_bundle_says_is_checked(
    environ: dict[str, str], tmp_path: Path, change: dict[str, object], message: str
) -> None:
    body = {"format": 1, "version": version(), "digest": "0", "images": [], **change}
    file = tmp_path / "bundle"
    with tarfile.open(file, "w") as archive:
        for name, text in (("bundle.json", json.dumps(body).encode()), ("images.tar", b"x")):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    with pytest.raises(DeploymentError, match=message):
        load(Home(tmp_path / "home"), file, environ)


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 20480, None])
def test_what_is_no_bundle_is_told_in_a_sentence(
    environ: dict[str, str], tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "bundle"
    if content is not None:
        file.write_bytes(content)
    message = "is no bundle" if content is not None else "No such file"
    with pytest.raises(DeploymentError, match=message) as refused:
        load(Home(tmp_path / "home"), file, environ)
    assert refused.value.field == "file"
