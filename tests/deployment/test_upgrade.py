"""Upgrades: dumps before, put back by themselves when the new version fails, or by hand later."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from platform_cli import Cli
from small_lab import DATABASES, SETTINGS, Lab

from bauhof.running import deployment
from deployment import upgrade
from deployment.errors import AlreadyRunning, DeploymentError, Exit, HomeUnusable, Unhealthy
from deployment.home import Home, lock, prepare
from deployment.postgres import serving
from deployment.version import version, version_numbers

#: Imported by every Python of the platform: the "new version" of fakts has one migration more.
SITECUSTOMIZE = """
import sys
from importlib.machinery import PathFinder

class MoreMigrations:
    def find_spec(self, name, path=None, target=None):
        if name != "fakts_server.migrations":
            return None
        spec = PathFinder.find_spec(name, path)
        spec.submodule_search_locations.append({extra!r})
        return spec

sys.meta_path.insert(0, MoreMigrations())
"""
BROKEN = """
from django.db import migrations

def lose(apps, schema_editor):
    schema_editor.execute("DROP TABLE fakts_device CASCADE")

def fail(apps, schema_editor):
    raise RuntimeError("this version is broken")

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("fakts", {last!r})]
    operations = [migrations.RunPython(lose), migrations.RunPython(fail)]
"""


def wrote(home: Home, text: str) -> None:
    """Make the home one that another version left."""
    (home.root / "version").write_text(text + "\n")


async def change(lab: Lab, script: str, database: str = "fakts") -> str:
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        return await cluster.psql(script, database=database)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0.1.0", (0, 1, 0)), ("1.10", (1, 10)), ("2.0.0rc1+local", (2, 0, 0)), ("x", (0,))],
)
def test_versions_are_compared_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert version_numbers(text) == numbers


def test_the_last_version_is_noted_when_healthy(home: Home) -> None:
    prepare(home, ())
    assert upgrade.last_version(home) is None
    assert not upgrade.is_upgrade(home)
    upgrade.finish(home)
    assert upgrade.last_version(home) == version()
    (home.root / "ready").touch()
    assert not upgrade.is_upgrade(home)
    wrote(home, "0.0.1")
    assert upgrade.is_upgrade(home)


def test_a_new_home_is_no_upgrade(home: Home) -> None:
    prepare(home, ())
    wrote(home, "0.0.1")  # it never became healthy: there is nothing to keep
    assert not upgrade.is_upgrade(home)


@pytest.mark.parametrize(("found", "refused"), [("99.0", True), ("0.0.1", False), ("", False)])
def test_an_older_program_does_not_touch_a_newer_home(
    home: Home, found: str, refused: bool
) -> None:
    prepare(home, ())
    wrote(home, found)
    if not refused:
        upgrade.refuse_older(home)
        return
    with pytest.raises(HomeUnusable, match=r"last used by Bauhof 99\.0") as error:
        upgrade.refuse_older(home)
    assert "rollback" in (error.value.hint or "")


async def test_what_was_kept_is_put_back(lab: Lab) -> None:
    wrote(lab.home, "0.0.9")
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        kept = await upgrade.before_upgrade(lab.home, cluster, DATABASES)
        await cluster.psql("DROP TABLE note; CREATE TABLE other (id int);", database="fakts")
        await upgrade.put_back(cluster, upgrade.kept_dir(lab.home))
        others = await cluster.psql("SELECT to_regclass('other');", database="fakts")
    assert (kept.version, kept.databases, kept.finished) == ("0.0.9", DATABASES, False)
    assert others.strip() == ""
    assert await lab.rows("fakts") == "1|fakts\n2|zwei\n3|o'hara\n"


async def test_an_upgrade_that_was_killed_keeps_what_it_kept_first(lab: Lab) -> None:
    wrote(lab.home, "0.0.9")
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        first = await upgrade.before_upgrade(lab.home, cluster, DATABASES)
        # Half of the migration ran, then the power went.
        await cluster.psql("DELETE FROM note;", database="fakts")
        assert await upgrade.before_upgrade(lab.home, cluster, DATABASES) == first
        await upgrade.put_back(cluster, upgrade.kept_dir(lab.home))
    assert "zwei" in await lab.rows("fakts")


async def test_the_next_upgrade_keeps_anew(lab: Lab) -> None:
    wrote(lab.home, "0.0.8")
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        await upgrade.before_upgrade(lab.home, cluster, DATABASES)
        upgrade.finish(lab.home)
        wrote(lab.home, "0.0.9")
        second = await upgrade.before_upgrade(lab.home, cluster, DATABASES)
    assert second.version == "0.0.9" and not second.finished


async def test_dumps_that_are_half_do_not_count(lab: Lab) -> None:
    folder = upgrade.kept_dir(lab.home)
    folder.mkdir()
    (folder / "fakts.dump").write_bytes(b"half")
    assert upgrade.read_kept(folder) is None
    (folder / "upgrade.json").write_text('{"version": "0.0.9"}')
    assert upgrade.read_kept(folder) is None
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        with pytest.raises(DeploymentError, match="no whole dumps"):
            await upgrade.put_back(cluster, folder)


async def test_a_rollback_keeps_what_it_replaces(lab: Lab) -> None:
    wrote(lab.home, "0.0.9")
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        await upgrade.before_upgrade(lab.home, cluster, DATABASES)
    upgrade.finish(lab.home)
    await change(lab, "INSERT INTO note (body) VALUES ('since');")

    done = await upgrade.rollback(lab.home, SETTINGS, sure=True)

    assert (done.version, done.databases) == ("0.0.9", DATABASES)
    assert upgrade.last_version(lab.home) == "0.0.9"
    assert "since" not in await lab.rows("fakts")
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        undone = await upgrade.put_back(cluster, upgrade.undone_dir(lab.home))
    assert undone.version == version()
    assert "since" in await lab.rows("fakts")
    with pytest.raises(DeploymentError, match="no upgrade"):
        await upgrade.rollback(lab.home, SETTINGS, sure=True)


async def test_a_rollback_must_be_meant(lab: Lab) -> None:
    with pytest.raises(DeploymentError, match="no upgrade"):
        await upgrade.rollback(lab.home, SETTINGS, sure=True)
    wrote(lab.home, "0.0.9")
    async with serving(lab.home, SETTINGS.postgres) as cluster:
        await upgrade.before_upgrade(lab.home, cluster, DATABASES)
    with pytest.raises(DeploymentError, match="no upgrade"):  # it has not been healthy yet
        await upgrade.rollback(lab.home, SETTINGS, sure=True)
    upgrade.finish(lab.home)
    with pytest.raises(DeploymentError, match="would be gone") as refused:
        await upgrade.rollback(lab.home, SETTINGS, sure=False)
    assert refused.value.field == "yes"
    with lock(lab.home), pytest.raises(AlreadyRunning):
        await upgrade.rollback(lab.home, SETTINGS, sure=True)


def broken_version(folder: Path) -> dict[str, str]:
    """The environment of a new version whose migration destroys a table and then fails."""
    place = folder / "new version"
    extra = place / "migrations"
    extra.mkdir(parents=True)
    migrations = Path(__file__).parents[2] / "fakts" / "fakts_server" / "migrations"
    last = sorted(path.stem for path in migrations.glob("0*.py"))[-1]
    (extra / "9999_broken.py").write_text(BROKEN.format(last=last))
    (place / "sitecustomize.py").write_text(SITECUSTOMIZE.format(extra=str(extra)))
    return {"PYTHONPATH": os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.timeout(420)
def test_a_broken_version_is_taken_back_by_itself(home: Home, folder: Path) -> None:
    services = ("fakts", "objectstore")
    with deployment(services=services, folder=home.root) as platform:
        key = platform.key("org.example.kept")
        platform.admin_operation("org.create", slug="lab", name="The lab")
    wrote(home, "0.0.9")
    with (
        pytest.raises(Unhealthy, match=r"are as Bauhof 0\.0\.9 left them") as failed,
        deployment(services=services, folder=home.root, env=broken_version(folder)),
    ):
        pytest.fail("the broken version came up")
    assert "pip install bauhof==0.0.9" in (failed.value.hint or "")
    assert "this version is broken" in home.log_file("fakts").read_text()
    assert upgrade.last_version(home) == "0.0.9"
    assert not upgrade.kept_dir(home).exists()

    # The version that works finds everything, and this time the upgrade is finished.
    with deployment(services=services, folder=home.root) as platform:
        slugs = {row["slug"] for row in platform.admin_operation("org.list")["organizations"]}
        keys = platform.admin_operation("key.list")
    assert "lab" in slugs
    assert "org.example.kept" in json.dumps(keys) and key not in json.dumps(keys)
    assert upgrade.last_version(home) == version()
    kept = upgrade.read_kept(upgrade.kept_dir(home))
    assert kept is not None and kept.finished and kept.databases == ("fakts",)

    cli = Cli(home, folder)
    assert cli.json("rollback", code=Exit.REFUSED)["error"]["field"] == "yes"
    assert cli.json("rollback", "--yes")["version"] == "0.0.9"
    wrote(home, "99.0")
    refused = cli.run("up", "--detach", "--port", "0")
    assert refused.returncode == Exit.HOME_UNUSABLE
    assert "last used by Bauhof 99.0" in refused.stderr
