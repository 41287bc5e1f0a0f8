"""A home is backed up, damaged, lost, restored: with a real database, without services."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyrage
import pytest
from small_lab import DATABASES, SETTINGS, Kept, Lab, files_below, silent

from deployment.backup import contents
from deployment.backup import restore as restoring
from deployment.backup.create import create
from deployment.backup.faults import BackupDamaged, VaultForeign
from deployment.backup.prune import prune
from deployment.backup.restore import restore
from deployment.backup.seal import Seal, own_seal
from deployment.backup.vault import Vault
from deployment.backup.verify import unpack, verify
from deployment.errors import AlreadyRunning, DeploymentError
from deployment.home import Home, lock, prepare

ROWS = "1|{0}\n2|zwei\n3|o'hara\n"


async def test_everything_comes_back_on_another_home(lab: Lab, vault: Vault, folder: Path) -> None:
    made = await lab.back_up(vault)
    assert (made.objects, made.new_objects, made.services) == (3, 3, DATABASES)
    assert made.object_bytes == 200_007
    objects, keys = lab.objects(), lab.keys()
    seal = own_seal(lab.home)
    shutil.rmtree(lab.home.root)

    elsewhere = Home(folder / "another machine" / "bauhof")
    done = await restore(elsewhere, vault, made.name, seal, SETTINGS, silent, force=False)

    other = Lab(elsewhere)
    assert (done.objects, done.moved_to, done.databases) == (3, None, DATABASES)
    assert other.objects() == objects
    assert other.keys() == keys
    assert not elsewhere.is_new
    for name in DATABASES:
        assert await other.rows(name) == ROWS.format(name)
    for path in files_below(elsewhere.secrets_dir):
        assert path.stat().st_mode & 0o777 == 0o600, path
    # Nothing of the work is left beside it.
    assert [path.name for path in elsewhere.root.parent.iterdir()] == ["bauhof"]


async def test_the_restored_database_belongs_to_its_service(resting: Lab, kept: Kept) -> None:
    await resting.restore(kept.vault, kept.name, force=True)
    restored = Lab(resting.home)
    async with restoring.serving(restored.home, SETTINGS.postgres) as cluster:
        owners = await cluster.psql(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public';",
            database="mikro",
        )
        # A serial goes on after the last row, and the service may write.
        added = await cluster.psql(
            "SET ROLE mikro; INSERT INTO note (body) VALUES ('vier') RETURNING id;",
            database="mikro",
        )
        closed = await cluster.psql("SELECT has_database_privilege('fakts', 'mikro', 'CONNECT');")
    assert owners.strip() == "mikro"
    assert added.strip() == "4"
    assert closed.strip() == "f"


async def test_a_second_backup_holds_only_what_is_new(lab: Lab, vault: Vault) -> None:
    first = await lab.back_up(vault)
    sealed = {path: path.stat().st_mtime_ns for path in files_below(vault.root / "objects")}
    lab.put("mikro-zarr/org/one/c/1", b"changed")
    lab.put("mikro-zarr/org/two/copy", b"0" * 100_000)  # content that is there already
    (lab.home.objects_dir / "mikro-media/org/picture").unlink()
    second = await lab.back_up(vault)

    assert (second.objects, second.new_objects, second.new_object_bytes) == (3, 1, 7)
    after = {path: path.stat().st_mtime_ns for path in files_below(vault.root / "objects")}
    assert sealed.items() <= after.items()
    assert len(after) == len(sealed) + 1
    # Each is whole on its own.
    for one in (first, second):
        assert (await lab.verify(vault, one.name)).objects == 3


async def test_an_old_backup_is_restored_as_it_was(lab: Lab, vault: Vault) -> None:
    before = lab.objects()
    first = await lab.back_up(vault)
    lab.put("mikro-zarr/org/one/c/1", b"changed")
    lab.put("mikro-zarr/org/three", b"new")
    await lab.back_up(vault)
    done = await lab.restore(vault, first.name, force=True)
    assert lab.objects() == before
    # What was there is moved aside, not lost.
    assert done.moved_to is not None
    aside = Lab(Home(Path(done.moved_to)))
    assert "mikro-zarr/org/three" in aside.objects()


async def test_the_times_of_objects_survive_so_that_the_next_backup_copies_nothing(
    lab: Lab, vault: Vault
) -> None:
    first = await lab.back_up(vault)
    await lab.restore(vault, first.name, force=True)
    again = await lab.back_up(vault)
    assert (again.objects, again.new_objects) == (3, 0)


async def test_verify_counts_what_is_there(resting: Lab, kept: Kept) -> None:
    whole = await resting.verify(kept.vault, kept.name)
    assert whole.databases == {"fakts": 3, "mikro": 3}
    assert (whole.objects, whole.object_bytes) == (3, 200_007)
    assert whole.files == len(resting.keys()) + 1  # and the mark that the home was ready


async def test_a_flipped_bit_is_found_in_every_file(resting: Lab, kept: Kept) -> None:
    home = Home(resting.home.root.parent / "never")
    for path in [*files_below(kept.vault.root / "objects"), kept.vault.archive(kept.name)]:
        whole = path.read_bytes()
        broken = bytearray(whole)
        broken[len(broken) // 2] ^= 0x10
        path.write_bytes(broken)
        with pytest.raises(BackupDamaged):
            await resting.verify(kept.vault, kept.name)
        with pytest.raises(BackupDamaged):
            await resting.restore(kept.vault, kept.name, to=home)
        assert not home.root.exists(), "a damaged backup left half a home"
        path.write_bytes(whole)
    assert (await resting.verify(kept.vault, kept.name)).objects == 3


async def test_a_missing_object_is_named(resting: Lab, kept: Kept) -> None:
    next(files_below(kept.vault.root / "objects")).unlink()
    with pytest.raises(BackupDamaged, match="is missing"):
        await resting.verify(kept.vault, kept.name)


async def test_objects_of_two_names_that_were_swapped_are_found(resting: Lab, kept: Kept) -> None:
    one, other, *_ = files_below(kept.vault.root / "objects")
    other.write_bytes(one.read_bytes())
    with pytest.raises(BackupDamaged, match="not what was stored"):
        await resting.verify(kept.vault, kept.name)


async def test_a_failed_restore_leaves_the_home_alone(lab: Lab, kept: Kept) -> None:
    next(files_below(kept.vault.root / "objects")).unlink()
    objects, keys = lab.objects(), lab.keys()
    with pytest.raises(BackupDamaged):
        await lab.restore(kept.vault, kept.name, force=True)
    assert (lab.objects(), lab.keys()) == (objects, keys)
    assert await lab.rows("fakts") == ROWS.format("fakts")


async def test_a_home_that_is_there_is_not_replaced_unasked(resting: Lab, kept: Kept) -> None:
    with pytest.raises(DeploymentError, match="there is an installation") as refused:
        await resting.restore(kept.vault, kept.name)
    assert refused.value.field == "force"


async def test_a_home_that_runs_is_never_replaced(resting: Lab, kept: Kept) -> None:
    with lock(resting.home), pytest.raises(AlreadyRunning):
        await resting.restore(kept.vault, kept.name, force=True)


async def test_a_newer_version_is_refused(
    resting: Lab, kept: Kept, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "version", lambda: "0.0.9")
    with pytest.raises(DeploymentError, match=r"made by Bauhof 0\.1\.0, this is 0\.0\.9"):
        await resting.restore(kept.vault, kept.name, to=Home(folder / "other"))


async def test_another_key_is_refused_before_anything_is_opened(resting: Lab, kept: Kept) -> None:
    stranger = Seal(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(VaultForeign):
        await verify(kept.vault, kept.name, stranger, SETTINGS, silent)
    with pytest.raises(VaultForeign):
        await restore(resting.home, kept.vault, kept.name, stranger, SETTINGS, silent, force=True)
    with pytest.raises(VaultForeign):
        prune(kept.vault, stranger, keep=1)


async def test_nothing_readable_lies_in_the_vault(resting: Lab, kept: Kept) -> None:
    secret = (resting.home.secrets_dir / "database-fakts").read_bytes()
    for path in files_below(kept.vault.root):
        content = path.read_bytes()
        for word in (secret, b"a signing key", b"picture", b"o'hara", b"mikro-zarr"):
            assert word not in content, (path, word)


async def test_a_home_without_installation_is_refused(home: Home, vault: Vault) -> None:
    with pytest.raises(DeploymentError, match="no installation"):
        await create(home, SETTINGS, DATABASES, vault, silent)
    prepare(home, ())  # founded, but never healthy
    with pytest.raises(DeploymentError, match="no installation"):
        await create(home, SETTINGS, DATABASES, vault, silent)
    assert not vault.root.exists()


async def test_pruning_keeps_what_the_kept_ones_need(lab: Lab, vault: Vault) -> None:
    names = []
    for turn in range(4):
        lab.put("mikro-zarr/org/turn", f"turn {turn}".encode())
        names.append((await lab.back_up(vault)).name)
    seal = own_seal(lab.home)
    done = prune(vault, seal, keep=2)
    assert (done.removed, done.kept) == (tuple(names[:2]), tuple(names[2:]))
    assert done.objects == 2 and done.freed > 0
    assert [one.name for one in vault.summaries()] == names[2:]
    for name in names[2:]:
        assert (await lab.verify(vault, name)).objects == 4
    nothing = prune(vault, seal, keep=10)
    assert (nothing.removed, nothing.objects, nothing.freed) == ((), 0, 0)


async def test_pruning_stops_before_it_removes_if_a_kept_one_is_damaged(
    lab: Lab, vault: Vault
) -> None:
    first, last = [await lab.back_up(vault) for _ in range(2)]
    vault.archive(last.name).write_bytes(b"damaged")
    with pytest.raises(BackupDamaged):
        prune(vault, own_seal(lab.home), keep=1)
    assert vault.archive(first.name).exists()


async def test_an_object_deleted_meanwhile_is_left_out(
    lab: Lab, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = list(contents.stored_objects(lab.home))
    monkeypatch.setattr(contents, "stored_objects", lambda _: iter(listed))
    listed[0].unlink()
    made = await lab.back_up(vault)
    assert made.objects == 2
    assert (await lab.verify(vault, made.name)).objects == 2


async def test_an_archive_is_held_to_its_manifest(resting: Lab, kept: Kept) -> None:
    with unpack(kept.vault, kept.name, own_seal(resting.home)) as folder:
        manifest = restoring.check_archive(folder)
        assert set(manifest.databases) == set(DATABASES)
        dump = folder / contents.DATABASES / "fakts.dump"
        dump.write_bytes(dump.read_bytes() + b"x")
        with pytest.raises(BackupDamaged, match="not what was stored"):
            restoring.check_archive(folder)
        dump.unlink()
        with pytest.raises(BackupDamaged, match="missing in the archive"):
            restoring.check_archive(folder)
    assert not folder.exists()


async def test_progress_is_told(lab: Lab, vault: Vault) -> None:
    heard: list[tuple[str, int, int]] = []
    await create(lab.home, SETTINGS, DATABASES, vault, lambda *step: heard.append(step))
    assert ("database fakts", 0, 2) in heard
    assert ("objects", 2, 3) in heard
