"""Secrets that are changed, and an installation that is removed."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
from pathlib import Path

import pytest
from platform_cli import BAUHOF, Cli
from small_lab import DATABASES, SETTINGS, Kept, Lab

from deployment.errors import AlreadyRunning, DeploymentError, Exit, Unhealthy
from deployment.home import Home, lock, prepare, write_private
from deployment.postgres import serving
from deployment.removal import remove
from deployment.rotation import rotate


async def test_every_password_is_new_and_works(lab: Lab) -> None:
    before = lab.keys()
    done = await rotate(lab.home, SETTINGS, (*DATABASES, "rekuest"))
    assert done.names == (*DATABASES, "postgres", "objectstore")
    after = lab.keys()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {
        "secrets/database-fakts",
        "secrets/database-mikro",
        "secrets/database-postgres",
        "secrets/objectstore",
    }
    assert await lab.rows("mikro") == "1|mikro\n2|zwei\n3|o'hara\n"
    for name in ("database-fakts", "database-postgres", "objectstore"):
        assert (lab.home.secrets_dir / name).stat().st_mode & 0o777 == 0o600
        assert after[f"secrets/{name}"].decode() not in lab.home.log_file("postgres").read_text()


async def test_passwords_of_the_redis_are_new_where_there_is_one(lab: Lab) -> None:
    folder = lab.home.secrets_dir
    for name in ("redis-fakts", "redis-mikro", "redis.acl"):
        write_private(folder / name, "old-and-known")
    done = await rotate(lab.home, SETTINGS, DATABASES)
    assert done.names[-3:] == ("redis-fakts", "redis-mikro", "objectstore")
    new = {(folder / name).read_text() for name in ("redis-fakts", "redis-mikro")}
    assert len(new) == 2 and "old-and-known" not in new
    # The list of users is derived from them, at the next start.
    assert (folder / "redis.acl").read_text() == "old-and-known"


async def test_the_old_password_of_the_superuser_is_refused(lab: Lab) -> None:
    path = lab.home.secrets_dir / "database-postgres"
    old = path.read_text()
    await rotate(lab.home, SETTINGS, DATABASES)
    new = path.read_text()
    write_private(path, old)
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        with pytest.raises(Unhealthy, match="password authentication failed"):
            await cluster.psql("SELECT 1;")
        write_private(path, new)
        assert (await cluster.psql("SELECT 1;")).strip() == "1"


async def test_secrets_of_what_runs_are_left_alone(resting: Lab, home: Home) -> None:
    before = resting.keys()
    with lock(resting.home), pytest.raises(AlreadyRunning):
        await rotate(resting.home, SETTINGS, DATABASES)
    assert resting.keys() == before


async def test_nothing_to_rotate_is_said_so(home: Home) -> None:
    prepare(home, ())
    with pytest.raises(DeploymentError, match="no installation"):
        await rotate(home, SETTINGS, DATABASES)


def test_the_data_may_stay(resting: Lab) -> None:
    objects, keys = resting.objects(), resting.keys()
    write_private(resting.home.log_file("fakts"), "a line")
    done = remove(resting.home, keep_data=True, sure=False)
    assert done.kept == str(resting.home.root)
    assert not resting.home.logs_dir.exists() and not resting.home.rendered_dir.exists()
    assert (resting.objects(), resting.keys()) == (objects, keys)
    assert (resting.home.postgres_dir / "PG_VERSION").exists()


def test_everything_goes_only_when_it_is_meant(resting: Lab, kept: Kept) -> None:
    with pytest.raises(DeploymentError, match="every database and object") as refused:
        remove(resting.home, keep_data=False, sure=False)
    assert refused.value.field == "yes" and resting.home.root.exists()
    with lock(resting.home), pytest.raises(AlreadyRunning):
        remove(resting.home, keep_data=False, sure=True)
    done = remove(resting.home, keep_data=False, sure=True)
    assert done.removed[0] == str(resting.home.root) and done.kept is None
    assert not resting.home.root.exists()
    assert kept.vault.archive(kept.name).exists()


def test_a_folder_that_is_no_installation_is_left_alone(folder: Path) -> None:
    home = Home(folder / "thesis")
    home.root.mkdir()
    (home.root / "chapter-1").write_text("do not touch")
    for keep_data in (False, True):
        with pytest.raises(DeploymentError, match="no installation"):
            remove(home, keep_data=keep_data, sure=True)
    assert (home.root / "chapter-1").exists()


def at_a_terminal(cli: Cli, typed: str, *words: str) -> tuple[int, str]:
    """Run a command as a person does who types a line; its exit code, and all that was shown."""
    ours, theirs = pty.openpty()
    # In full sight: what is typed is shown, as are questions and answers.
    process = subprocess.Popen(
        [str(BAUHOF), *words, "--home", str(cli.home.root)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=cli.env,
        cwd=cli.folder,
    )
    os.close(theirs)
    os.write(ours, f"{typed}\n".encode())
    shown = b""
    # The terminal of an ended process gives an error.
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 4096):
            shown += piece
    os.close(ours)
    return process.wait(120), shown.decode()


def test_on_a_terminal_the_name_is_asked_for(resting: Lab, folder: Path) -> None:
    cli, root = Cli(resting.home, folder), resting.home.root
    for typed in ("", "y", "yes", str(root)):
        code, shown = at_a_terminal(cli, typed, "uninstall")
        assert code == Exit.REFUSED and "nothing was deleted" in shown, shown
        assert root.exists()
    with lock(resting.home):
        code, shown = at_a_terminal(cli, root.name, "uninstall")
    assert code == Exit.ALREADY_RUNNING and "Type its name" not in shown
    code, shown = at_a_terminal(cli, root.name, "uninstall")
    assert code == 0 and "every database and object" in shown, shown
    assert not root.exists()
    code, shown = at_a_terminal(cli, root.name, "uninstall")
    assert code == Exit.REFUSED and "no installation" in shown


def test_who_said_so_is_not_asked(resting: Lab, folder: Path) -> None:
    cli = Cli(resting.home, folder)
    code, shown = at_a_terminal(cli, "", "uninstall", "--keep-data")
    assert code == 0 and "Type its name" not in shown and resting.home.root.exists()
    code, shown = at_a_terminal(cli, "", "uninstall", "--yes")
    assert code == 0 and "Type its name" not in shown and not resting.home.root.exists()


def test_the_commands(lab: Lab, folder: Path) -> None:
    cli = Cli(lab.home, folder)
    assert cli.json("secrets", "rotate")["names"][-1] == "objectstore"
    assert cli.run("secrets").returncode == Exit.USAGE
    assert cli.json("uninstall", code=Exit.REFUSED)["error"]["field"] == "yes"
    kept = cli.run("uninstall", "--keep-data")
    assert kept.returncode == 0 and str(lab.home.root) in kept.stdout
    assert cli.json("uninstall", "--yes")["kept"] is None
    gone = cli.run("uninstall", "--yes")
    assert gone.returncode == Exit.REFUSED and "no installation" in gone.stderr
