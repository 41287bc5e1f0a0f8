"""What `bauhof upgrade` plans and how it goes back; what it starts and installs is stood in for."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployment import launch, program, upgrade, upgrading
from deployment.compose.founding import init
from deployment.config import Settings, load_settings
from deployment.errors import ConfigProblem, DeploymentError, HomeUnusable, ToolMissing, Unhealthy
from deployment.home import Home, prepare, write_private
from deployment.program import Program
from deployment.upgrading import Plan, carry_out, plan
from deployment.version import version

#: Has one image, of one version; can fetch nothing, or anything.
DOCKER = """#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
    "image inspect") grep -qxF "$5" "$here/images" ;;
    "pull --quiet") [ -e "$here/hub" ] && echo "$3" >> "$here/images" ;;
    "run --rm") cat "$here/version" ;;
    *) exit 0 ;;
esac
"""
OLD = Program("0.0.8", ("bauhof==0.0.8",))
NEW = Program("0.0.9", ("bauhof==0.0.9",))


@pytest.fixture
def used(home: Home) -> Home:
    """A home on which version 0.0.8 was healthy."""
    prepare(home, ())
    (home.root / "ready").touch()
    (home.root / "version").write_text("0.0.8\n")
    return home


@pytest.fixture(autouse=True)
def _old_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "installed", lambda: OLD)
    monkeypatch.setattr(upgrading, "wanted", lambda to: replace(NEW, version=to))


class Docker:
    """A program `docker` and the environment in which it is found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "docker").write_text(DOCKER)
        (folder / "docker").chmod(0o755)
        self.has(version="0.0.9")
        self.environ = {"PATH": f"{folder}:{os.environ['PATH']}"}

    def has(self, *images: str, version: str) -> None:
        (self.folder / "images").write_text("".join(f"{image}\n" for image in images))
        (self.folder / "version").write_text(version)


@pytest.fixture
def docker(folder: Path) -> Docker:
    return Docker(folder / "bin")


def planned(home: Home, docker: Docker | None = None, **said: str | None) -> Plan:
    environ = docker.environ if docker else {}
    settings = load_settings(home.config_file, {}, ())
    return plan(home, settings, environ, **{"to": None, "image": None, **said})


def test_without_an_installation_there_is_nothing_to_upgrade(home: Home) -> None:
    with pytest.raises(DeploymentError, match="there is no installation"):
        planned(home)


def test_the_version_that_is_here_needs_nothing(used: Home) -> None:
    assert not planned(used).is_needed
    assert not planned(used, to="0.0.8").is_needed
    found = planned(used, to="0.0.9")
    assert found.is_needed and found.installs and not found.running
    assert found.start == ("up", "--detach")


def test_a_program_that_was_exchanged_by_hand_is_gone_on_with(
    used: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrading, "installed", lambda: NEW)
    found = planned(used)
    assert found.is_needed and not found.installs and found.found == "0.0.8"


def test_it_starts_where_it_listened(used: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "is_locked", lambda _home: True)
    write_private(used.run_file, json.dumps({"local_url": "http://127.0.0.1:8123"}))
    found = planned(used, to="0.0.9")
    assert found.running
    assert found.start == ("up", "--detach", "--host", "127.0.0.1", "--port", "8123")


def test_what_cannot_be_is_refused_before_anything_is_touched(
    used: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HomeUnusable, match=r"newer than 0\.0\.7") as refused:
        planned(used, to="0.0.7")
    assert "rollback" in (refused.value.hint or "")
    with pytest.raises(ConfigProblem, match="without containers"):
        planned(used, image="bauhof:0.0.9")
    sources = replace(OLD, sources=Path("/src/bauhof"))
    monkeypatch.setattr(upgrading, "installed", lambda: sources)
    with pytest.raises(DeploymentError, match="runs from the sources in /src/bauhof") as refused:
        planned(used, to="0.0.9")
    assert refused.value.field == "to"


@pytest.fixture
def boxed(used: Home) -> Home:
    """The same in containers."""
    for path in (used.config_file, used.root / "home.json"):
        path.unlink(missing_ok=True)
    init(used, {"compose": {"memory_gb": 4}})
    return used


def test_the_image_of_the_version_must_be_there(boxed: Home, docker: Docker) -> None:
    with pytest.raises(ToolMissing, match=r"no image bauhof:0\.0\.9") as missing:
        planned(boxed, docker, to="0.0.9")
    assert "docker build -t bauhof:0.0.9" in (missing.value.hint or "")
    docker.has("bauhof:0.0.9", version="0.0.9")
    found = planned(boxed, docker, to="0.0.9")
    assert (found.image, found.names_image) == ("bauhof:0.0.9", False)
    docker.has("bauhof:0.0.9", version="0.0.8")
    with pytest.raises(ConfigProblem, match=r"holds Bauhof 0\.0\.8, not 0\.0\.9") as wrong:
        planned(boxed, docker, to="0.0.9")
    assert wrong.value.field == "image"


def test_an_image_is_fetched_from_its_registry(boxed: Home, docker: Docker) -> None:
    (docker.folder / "hub").touch()
    found = planned(boxed, docker, to="0.0.9", image="hub.example/bauhof:0.0.9")
    assert found.names_image and found.image == "hub.example/bauhof:0.0.9"


def test_an_image_the_settings_name_is_not_taken_for_another_version(
    boxed: Home, docker: Docker
) -> None:
    write_private(boxed.config_file, "compose: {image: 'mine:8'}\n")
    docker.has("mine:8", "mine:9", version="0.0.9")
    with pytest.raises(ConfigProblem, match=r"compose\.image is mine:8") as refused:
        planned(boxed, docker, to="0.0.9")
    assert refused.value.field == "image"
    found = planned(boxed, docker, to="0.0.9", image="mine:9")
    assert found.names_image and found.image == "mine:9"


class World:
    """Notes what is installed, started and stopped; a version may be one that does not start."""

    def __init__(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.done: list[str] = []
        self.program = OLD.version
        self.fails: Callable[[str], None] = lambda _version: None
        monkeypatch.setattr(upgrading, "install", self._install)
        monkeypatch.setattr(upgrading, "_start", self._start)
        monkeypatch.setattr(launch, "stop", lambda _home: self.done.append("stop"))

    def _install(self, program: Program) -> None:
        self.program = program.version
        self.done.append(f"install {program.version}")

    def _start(self, _home: Home, words: tuple[str, ...], _environ: object) -> dict[str, Any]:
        self.done.append(f"start {self.program}")
        self.fails(self.program)
        return {"url": "http://here"}

    def carry_out(self, plan: Plan, **options: Any) -> upgrading.Upgraded:
        settings = options.get("settings", Settings())
        return carry_out(self.home, settings, plan, {}, lambda _text: None, options.get("back_up"))


@pytest.fixture
def world(used: Home, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(used, monkeypatch)


PLAN = Plan(OLD, NEW, "0.0.8", None, False, ("up", "--detach"), running=True)


def broken(found: str) -> None:
    if found == NEW.version:
        raise Unhealthy("fakts did not become healthy")


def test_a_running_platform_runs_again(world: World) -> None:
    done = world.carry_out(PLAN, back_up=lambda: "a backup")
    assert world.done == ["stop", "install 0.0.9", "start 0.0.9"]
    assert (done.before, done.after, done.backup) == ("0.0.8", "0.0.9", "a backup")
    assert done.url == "http://here"


def test_a_stopped_platform_is_stopped_again(world: World) -> None:
    done = world.carry_out(replace(PLAN, running=False))
    assert world.done == ["install 0.0.9", "start 0.0.9", "stop"]
    assert done.url is None


def test_a_backup_that_fails_leaves_all_as_it_is(world: World) -> None:
    def full() -> str:
        raise DeploymentError("the disk is full")

    with pytest.raises(DeploymentError, match="the disk is full"):
        world.carry_out(PLAN, back_up=full)
    assert world.done == []


def test_a_version_that_does_not_start_is_left(world: World) -> None:
    world.fails = broken
    with pytest.raises(Unhealthy, match=r"did not become healthy; Bauhof 0\.0\.8 runs again"):
        world.carry_out(PLAN)
    assert world.done[2:] == ["start 0.0.9", "stop", "install 0.0.8", "start 0.0.8"]
    with pytest.raises(Unhealthy, match=r"the databases are those of Bauhof 0\.0\.8"):
        world.carry_out(replace(PLAN, running=False))


def test_a_way_back_that_fails_says_what_to_do(world: World) -> None:
    def always(_version: str) -> None:
        raise Unhealthy("the disk is full")

    world.fails = always
    with pytest.raises(Unhealthy, match=r"the way back failed.*Install Bauhof 0\.0\.8"):
        world.carry_out(PLAN)


def test_ctrl_c_goes_back_and_another_one_does_not_disturb_it(world: World) -> None:
    def interrupted(found: str) -> None:
        if found == NEW.version:
            raise KeyboardInterrupt
        os.kill(os.getpid(), signal.SIGINT)

    world.fails = interrupted
    with pytest.raises(Unhealthy, match=r"it was interrupted; Bauhof 0\.0\.8 runs again"):
        world.carry_out(PLAN)


def test_settings_are_as_they_were_after_a_failure(world: World) -> None:
    text = "# mine\ncompose: {image: 'mine:8', memory_gb: 4}\n"
    write_private(world.home.config_file, text)
    seen = []

    def look(found: str) -> None:
        seen.append(load_settings(world.home.config_file, {}, ()).compose)
        broken(found)

    world.fails = look
    with pytest.raises(Unhealthy):
        world.carry_out(replace(PLAN, image="mine:9", names_image=True))
    assert [(one.image, one.memory_gb) for one in seen] == [("mine:9", 4), ("mine:8", 4)]
    assert world.home.config_file.read_text() == text


def test_tables_that_were_half_changed_are_put_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start was cut off before it could do so itself."""
    folder = upgrade.kept_dir(world.home)
    body = {"version": "0.0.8", "made_at": "now", "databases": ["fakts"]}

    def cut_off(found: str) -> None:
        if found == NEW.version:
            folder.mkdir()
            (folder / "upgrade.json").write_text(json.dumps(body))
            raise KeyboardInterrupt

    async def put_back(_home: Home, _settings: Settings) -> None:
        world.done.append("put back")

    world.fails = cut_off
    monkeypatch.setattr(upgrading, "_put_back", put_back)
    with pytest.raises(Unhealthy, match="runs again"):
        world.carry_out(PLAN)
    assert world.done[3:] == ["stop", "put back", "install 0.0.8", "start 0.0.8"]


@pytest.mark.parametrize("text", ["", "latest", "1.2; rm -rf /", "--index-url=x", "git+https://x"])
def test_only_a_version_or_a_wheel_is_installed(text: str) -> None:
    with pytest.raises(ConfigProblem) as refused:
        program.wanted(text)
    assert refused.value.field == "to"


def test_a_wheel_that_is_not_there_and_a_file_that_is_none(folder: Path) -> None:
    with pytest.raises(ConfigProblem, match="there is no file"):
        program.wanted(str(folder / "bauhof-9-py3-none-any.whl"))
    (folder / "notes.whl").write_text("no wheel")
    with pytest.raises(DeploymentError, match="pip cannot have"):
        program.wanted(str(folder / "notes.whl"))


def test_the_working_copy_is_known_as_one() -> None:
    found = program.installed()
    assert found.version == version()
    assert found.sources == Path(__file__).parents[2]
