"""The synthetic check of a real platform, and how its findings are told to the operator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from platform_cli import Cli
from standing import until_now

from bauhof.running import Deployment, deployment
from chassis import clock
from chassis.secretfile import read_secret
from deployment.home import COMPOSE, Home
from deployment.standing import FILE, standing

_LONG = 120.0
STEPS = ["login", "assign", "write", "read"]
_SERVICES = ("fakts", "rekuest", "mikro", "objectstore")


@pytest.fixture(scope="module")
def checked() -> Iterator[Deployment]:
    """A platform that is checked without a pause."""
    env = {"FAKTS__SYNTHETIC__EVERY_SECONDS": "0.5"}
    with deployment(services=_SERVICES, env=env) as running:
        yield running


def record_of(platform: Deployment) -> dict[str, Any]:
    return json.loads((platform.home / "state" / "fakts" / FILE).read_text())


def rows(platform: Deployment, service: str, query: str) -> list[tuple[object, ...]]:
    home = Home(platform.home)
    with psycopg.connect(
        host=str(home.postgres_socket_dir),
        dbname=service,
        user=service,
        password=read_secret(home.secrets_dir / f"database-{service}"),
    ) as connection:
        return connection.execute(query.encode()).fetchall()


def wait_for(platform: Deployment, checks: int) -> None:
    """Wait until so many further checks went well."""
    wanted = record_of(platform)["done"] + checks
    until_now(lambda: record_of(platform)["done"] >= wanted, _LONG)


#: Runs go when they are an hour old; of a check that is under way its own row may be there.
PASSING = {"rekuest_task", "rekuest_taskevent", "mikro_coordinatesystem", "mikro_axis"}


def counts(platform: Deployment) -> dict[str, object]:
    """How many rows each table of the three services has."""
    found = {}
    for service in _SERVICES[:3]:
        tables = rows(
            platform,
            service,
            "select relname from pg_class where relkind in ('r', 'p') and not relispartition"
            " and relnamespace = 'public'::regnamespace",
        )
        for (table,) in tables:
            ((found[str(table)],),) = rows(platform, service, f"select count(*) from {table}")
    return found


def test_it_goes_through_and_leaves_nothing_behind(checked: Deployment, tmp_path: Path) -> None:
    wait_for(checked, 2)
    before = counts(checked)
    wait_for(checked, 3)
    after = counts(checked)
    assert [*record_of(checked)["last"]["seconds"]] == STEPS
    assert {name for name in after if after[name] != before[name]} <= PASSING
    assert after["mikro_coordinatesystem"] in (0, 1) and after["rekuest_task"]
    assert rows(checked, "rekuest", "select keep_days from rekuest_runpolicy") == [(1 / 24,)]
    objects = [file for file in (checked.home / "objects").rglob("check*") if file.is_file()]
    assert len(objects) <= 1
    told = Cli(Home(checked.home), tmp_path).json("status")["check"]
    assert told["ok"] and "login, assign, write, read went well" in told["text"]


def test_what_fails_is_told_with_the_way_out(checked: Deployment, tmp_path: Path) -> None:
    cli = Cli(Home(checked.home), tmp_path)
    # The first check sets up what the others find; without it the login is what fails.
    until_now(lambda: record_of(checked)["done"] > 0, _LONG)
    checked.stop("rekuest")
    try:
        until_now(lambda: record_of(checked)["last"]["step"] == "assign", _LONG)
        told = cli.json("status", code=5)["check"]
        assert not told["ok"] and "`assign` failed" in told["text"]
        assert told["hint"] == "See what it says: bauhof logs rekuest"
        found = {row["name"]: row for row in cli.json("doctor", code=1)["checks"]}
        assert not found["synthetic"]["ok"] and found["synthetic"]["hint"]
    finally:
        checked.start("rekuest")
    until_now(lambda: record_of(checked)["last"]["step"] is None, _LONG)
    assert cli.json("status")["check"]["ok"]


def test_it_is_nobodys_but_the_operators(checked: Deployment) -> None:
    wait_for(checked, 1)
    members = checked.admin_operation("user.list", organization="default")["users"]
    assert [member["username"] for member in members] == ["admin"]
    whose = (
        "select distinct o.slug from rekuest_action a"
        " join rekuest_organization o on o.id = a.organization_id"
    )
    assert rows(checked, "rekuest", whose) == [("bauhof.check",)]


def test_without_it_nothing_is_made(platform: Deployment) -> None:
    left = [path.name for path in (platform.home / "state" / "fakts").glob("*synthetic*")]
    assert left == []
    found = standing(Home(platform.home))
    assert found.ok and "switched off" in found.text


def noted(home: Home, *, at: timedelta | None, **last: Any) -> None:
    """Write a record whose last check is so old; None where there was none yet."""
    folder = home.state_dir("fakts")
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "since": clock.now().isoformat(),
        "every_seconds": 60.0,
        "at": None if at is None else (clock.now() - at).isoformat(),
        "last": {"seconds": {"login": 0.1}, "step": None, "reason": "", **last},
    }
    (folder / FILE).write_text(json.dumps(body))


def test_before_the_first_check_there_is_nothing_to_mend(home: Home) -> None:
    noted(home, at=None)
    found = standing(home)
    assert found.ok and "not made yet" in found.text


@pytest.mark.parametrize("step", STEPS)
def test_each_step_that_fails_has_a_way_out(home: Home, step: str) -> None:
    noted(home, at=timedelta(seconds=5), step=step, reason="no answer")
    found = standing(home)
    assert not found.ok and f"`{step}` failed: no answer" in found.text
    assert "bauhof logs " in found.hint


@pytest.mark.parametrize(
    ("shape", "hint"), [("", "bauhof logs fakts"), (COMPOSE, "bauhof compose logs worker")]
)
def test_a_check_that_is_made_no_more_is_found(home: Home, shape: str, hint: str) -> None:
    noted(home, at=timedelta(minutes=4))
    home.shape_file.write_text(shape)
    assert standing(home).ok
    noted(home, at=timedelta(minutes=9))
    found = standing(home)
    assert not found.ok and "9 minutes ago" in found.text and hint in found.hint
