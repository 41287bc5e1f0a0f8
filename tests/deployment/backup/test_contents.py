"""What belongs into a backup, and lists that cannot lead out of the home."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment.backup import contents
from deployment.backup.contents import Manifest, ObjectEntry
from deployment.backup.faults import BackupDamaged
from deployment.home import Home, prepare

MANIFEST = Manifest(
    format=1,
    version="0.1.0",
    created_at="2026-01-01T00:00:00+00:00",
    installation="abc",
    databases={"fakts": "00"},
    files={"home.json": "11"},
    objects=1,
    object_bytes=2,
)


def test_settings_secrets_and_keys_are_kept_and_nothing_that_passes(home: Home) -> None:
    prepare(home, ("fakts",))
    for below in (
        "secrets/database-fakts",
        "secrets/pgpass",
        "state/fakts/signing.pem",
        "logs/fakts.log",
        "rendered/services.yaml",
        "postgres/PG_VERSION",
        "objects/mikro-zarr/a",
        "run.json",
        "lock",
        "secrets/.draft",
        "engine/lab/state/engine-id",
        "engine/lab/venv/pins",
    ):
        path = home.root / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(below)
    assert set(contents.kept_files(home)) == {
        "home.json",
        "config.yaml",
        "secrets/database-fakts",
        "state/fakts/signing.pem",
        "engine/lab/state/engine-id",
    }


def test_objects_are_those_of_the_buckets(home: Home) -> None:
    assert list(contents.stored_objects(home)) == []
    for below in ("b/deep/er/2", "a/1", ".front/uploads/9", ".front/lock"):
        path = home.objects_dir / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (home.objects_dir / "stray").write_text("no bucket")
    found = [
        path.relative_to(home.objects_dir).as_posix() for path in contents.stored_objects(home)
    ]
    assert found == ["a/1", "b/deep/er/2"]


def test_the_manifest_is_read_as_it_was_written(folder: Path) -> None:
    contents.write_manifest(folder / "m", MANIFEST)
    assert contents.read_manifest(folder / "m") == MANIFEST


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"format": 1}'])
def test_a_damaged_manifest_is_said_so(folder: Path, text: str) -> None:
    (folder / "m").write_text(text)
    with pytest.raises(BackupDamaged, match="manifest"):
        contents.read_manifest(folder / "m")


def test_a_missing_manifest_is_said_so(folder: Path) -> None:
    with pytest.raises(BackupDamaged, match="manifest"):
        contents.read_manifest(folder / "m")


entries = st.builds(
    ObjectEntry,
    path=st.text(min_size=1, max_size=40),
    size=st.integers(0, 2**50),
    mtime_ns=st.integers(0, 2**62),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)


@given(st.lists(entries, max_size=20))
def test_the_list_of_objects_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, listed: list[ObjectEntry]
) -> None:
    path = tmp_path_factory.mktemp("list") / "objects"
    contents.write_objects(path, listed)
    assert list(contents.read_objects(path)) == listed


@pytest.mark.parametrize("text", ["[1, 2]\n", "{}\nx", "nothing\n"])
def test_a_damaged_list_is_said_so(folder: Path, text: str) -> None:
    (folder / "o").write_text(text)
    with pytest.raises(BackupDamaged, match="list of objects"):
        list(contents.read_objects(folder / "o"))


@pytest.mark.parametrize("below", ["../x", "a/../../x", "/etc/passwd", "", ".", "a/.."])
def test_no_path_leads_out(folder: Path, below: str) -> None:
    with pytest.raises(BackupDamaged, match="outside"):
        contents.inside(folder, below)


def test_a_link_does_not_lead_out(folder: Path) -> None:
    (folder / "link").symlink_to("/etc")
    with pytest.raises(BackupDamaged):
        contents.inside(folder, "link/passwd")


@pytest.mark.parametrize("below", ["a", "a/b", "a/../b", "..a/b"])
def test_paths_below_are_taken(folder: Path, below: str) -> None:
    assert contents.inside(folder, below).is_relative_to(folder.resolve())
