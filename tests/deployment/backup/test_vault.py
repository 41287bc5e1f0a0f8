"""The folder of backups: whose it is, what counts in it, one writer at a time."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pyrage
import pytest

from deployment.backup.faults import BackupDamaged, BackupMissing, VaultForeign
from deployment.backup.seal import Seal
from deployment.backup.vault import (
    LATEST,
    MARKER,
    Summary,
    Vault,
    default_vault,
    draft_of,
    writing,
)
from deployment.errors import HomeUnusable
from deployment.home import Home

SEAL = Seal(str(pyrage.x25519.Identity.generate()))
OTHER = Seal(str(pyrage.x25519.Identity.generate()))


def kept(vault: Vault, name: str, **changes: object) -> Summary:
    """A backup that counts."""
    values = {
        "name": name,
        "created_at": "2026-01-01T00:00:00+00:00",
        "version": "0.1.0",
        "installation": "abc",
        "services": ("fakts",),
        "size": 3,
        "objects": 0,
        "object_bytes": 0,
        "new_objects": 0,
        "new_object_bytes": 0,
    }
    summary = Summary(**{**values, **changes})
    vault.archive(name).write_bytes(b"abc")
    vault.keep(summary)
    return summary


def test_the_default_lies_beside_the_home(home: Home) -> None:
    vault = default_vault(home)
    assert vault.root.parent == home.root.parent
    assert not vault.root.is_relative_to(home.root)


def test_writing_makes_a_private_folder(vault: Vault) -> None:
    with writing(vault, SEAL):
        assert vault.archives.is_dir()
    assert stat.S_IMODE(vault.root.stat().st_mode) == 0o700
    assert SEAL.text not in (vault.root / MARKER).read_text()
    with writing(vault, SEAL):  # a second time changes nothing
        pass


def test_a_folder_with_other_things_is_left_alone(vault: Vault) -> None:
    vault.root.mkdir()
    (vault.root / "thesis.doc").write_text("do not touch")
    with pytest.raises(VaultForeign, match="other things"), writing(vault, SEAL):
        pytest.fail("it was let in")
    assert [path.name for path in vault.root.iterdir()] == ["thesis.doc"]


def test_another_installation_is_refused(vault: Vault) -> None:
    with writing(vault, SEAL):
        pass
    with pytest.raises(VaultForeign, match="another recovery key"), writing(vault, OTHER):
        pytest.fail("it was let in")
    with pytest.raises(VaultForeign):
        vault.check_seal(OTHER)


def test_a_newer_format_is_refused(vault: Vault) -> None:
    with writing(vault, SEAL):
        pass
    (vault.root / MARKER).write_text(json.dumps({"format": 99, "public": SEAL.public}))
    with pytest.raises(BackupDamaged, match="newer"):
        vault.check_seal(SEAL)


def test_no_folder_is_said_so(vault: Vault) -> None:
    with pytest.raises(BackupMissing, match="holds no backups"):
        vault.check_seal(SEAL)
    with pytest.raises(BackupMissing, match="there is no backup"):
        vault.find(LATEST)


def test_a_file_in_the_way_is_one_clear_error(vault: Vault) -> None:
    vault.root.write_text("a file")
    with pytest.raises(HomeUnusable, match="cannot keep backups"), writing(vault, SEAL):
        pytest.fail("it was let in")


def test_one_writer_at_a_time(vault: Vault) -> None:
    with (
        writing(vault, SEAL),
        pytest.raises(HomeUnusable, match="another backup"),
        writing(vault, SEAL),
    ):
        pytest.fail("it was let in")
    with writing(vault, SEAL):
        pass


def test_drafts_of_a_killed_writer_go(vault: Vault) -> None:
    with writing(vault, SEAL):
        place = vault.object("ab12").parent
        place.mkdir()
        (place / ".ab12.age.77.draft").write_text("half")
    with writing(vault, SEAL):
        assert list(place.iterdir()) == []


def test_backups_are_found_by_name_or_as_the_newest(vault: Vault) -> None:
    with writing(vault, SEAL):
        old = kept(vault, "20260101T000000Z-0.1.0")
        new = kept(vault, "20260102T000000Z-0.1.0", services=("fakts", "mikro"))
    assert vault.summaries() == [old, new]
    assert vault.find(LATEST) == new
    assert vault.find(old.name) == old
    with pytest.raises(BackupMissing, match="no backup '2025") as refused:
        vault.find("20250101T000000Z-0.1.0")
    assert refused.value.field == "name"
    assert new.name in (refused.value.hint or "")


def test_what_is_half_there_does_not_count(vault: Vault) -> None:
    with writing(vault, SEAL):
        whole = kept(vault, "b")
        kept(vault, "a")
        vault.archive("a").unlink()  # the archive went
        vault.archive("c").write_bytes(b"x")  # the summary was not written yet
        (vault.archives / "d.json").write_text("{damaged")
        (vault.archives / "e.json").write_text('{"name": "e"}')
    assert vault.summaries() == [whole]


def test_forgetting_removes_both_files(vault: Vault) -> None:
    with writing(vault, SEAL):
        kept(vault, "a")
        vault.forget("a")
        vault.forget("a")
    assert vault.summaries() == [] and not vault.archive("a").exists()


def test_a_draft_becomes_the_file_only_when_all_went_well(folder: Path) -> None:
    target = folder / "deep" / "file"
    with draft_of(target) as draft:
        draft.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    with pytest.raises(RuntimeError), draft_of(target) as draft:
        draft.write_text("half")
        raise RuntimeError
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_names_of_objects_are_those_that_are_whole(vault: Vault) -> None:
    with writing(vault, SEAL):
        for name in ("ab01", "cd02"):
            with draft_of(vault.object(name)) as draft:
                draft.write_bytes(b"x")
        assert sorted(vault.names_of_objects()) == ["ab01", "cd02"]
