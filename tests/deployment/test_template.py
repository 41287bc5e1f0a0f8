"""The migrated database that platforms of tests begin with."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from bauhof import template
from deployment.catalog import SERVICES
from deployment.home import Home

FAKTS = SERVICES[0]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bauhof"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Home]:
    """Homes for which a template was made; the making itself is quick here."""
    homes: list[Home] = []

    async def migrate(home: Home, services: object) -> None:
        homes.append(home)
        home.secrets_dir.mkdir()
        (home.secrets_dir / "database-postgres").write_text("word")
        home.postgres_dir.mkdir(mode=0o700)
        (home.postgres_dir / "PG_VERSION").write_text("18")

    monkeypatch.setattr(template, "_migrate", migrate)
    return homes


def test_a_new_home_begins_with_the_database_and_the_password_that_opens_it(cache, made, tmp_path):
    home = Home(tmp_path / "home")
    template.lay(home)
    assert (home.postgres_dir / "PG_VERSION").read_text() == "18"
    assert (home.secrets_dir / "database-postgres").read_text() == "word"
    assert stat.S_IMODE(home.postgres_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert not made[0].root.exists()


def test_it_is_made_once_and_anew_for_other_tables(cache, made, tmp_path, monkeypatch):
    template.lay(Home(tmp_path / "a"))
    template.lay(Home(tmp_path / "b"))
    assert len(made) == 1
    template.lay(Home(tmp_path / "c"), ["fakts"])
    assert len(made) == 2
    monkeypatch.setattr(template, "key", lambda _: "other")
    template.lay(Home(tmp_path / "d"))
    assert len(made) == 3


def test_what_nobody_uses_any_more_is_forgotten(cache, made, tmp_path, monkeypatch):
    template.lay(Home(tmp_path / "a"))
    [old] = cache.glob("template-*")
    os.utime(old, (0, 0))
    monkeypatch.setattr(template, "key", lambda _: "other")
    template.lay(Home(tmp_path / "b"))
    assert [path.name for path in cache.glob("template-*")] == ["template-other"]


def test_services_without_a_database_need_no_template(cache, made, tmp_path):
    template.lay(Home(tmp_path / "home"), ["objectstore"])
    assert made == []


def test_a_home_that_has_a_database_keeps_it(cache, made, tmp_path):
    home = Home(tmp_path / "home")
    home.postgres_dir.mkdir(parents=True)
    template.lay(home)
    assert [*home.postgres_dir.iterdir()] == []
    assert made == []


def test_a_making_that_fails_leaves_nothing_behind(cache, tmp_path, monkeypatch):
    async def migrate(home: Home, services: object) -> None:
        raise RuntimeError("no space left")

    monkeypatch.setattr(template, "_migrate", migrate)
    with pytest.raises(RuntimeError, match="no space left"):
        template.lay(Home(tmp_path / "home"))
    assert [*cache.glob("*template-*")] == []
    assert not (tmp_path / "home").exists()


async def test_it_can_be_made_while_an_event_loop_runs_here(cache, made, tmp_path):
    await asyncio.sleep(0)
    template.lay(Home(tmp_path / "home"))
    assert len(made) == 1


def test_the_key_follows_the_migrations(tmp_path, monkeypatch):
    package = tmp_path / "some_server"
    (package / "migrations").mkdir(parents=True)
    monkeypatch.setattr(template, "_package", lambda _: package)
    empty = template.key([FAKTS])
    (package / "migrations" / "0001_initial.py").write_text("one")
    first = template.key([FAKTS])
    (package / "migrations" / "0001_initial.py").write_text("two")
    assert len({empty, first, template.key([FAKTS])}) == 3


@pytest.mark.timeout(420)  # the first of all runs makes the template, too
def test_two_platforms_of_one_template_share_no_secret():
    """Against the real thing: what a home makes for itself is not in the template."""
    from bauhof.running import deployment

    seen = []
    for _ in range(2):
        with deployment(services=("fakts",)) as platform:
            assert platform.status()["healthy"]
            files = sorted((platform.home / "secrets").glob("database-fakts"))
            keys = sorted((platform.home / "state").rglob("*.pem"))
            seen.append({path.read_text() for path in [*files, *keys]})
    assert all(seen)
    assert seen[0].isdisjoint(seen[1])
