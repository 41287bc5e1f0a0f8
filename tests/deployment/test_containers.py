"""Docker's compose plugin as we call it: a stand-in that answers and notes what it was asked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployment import launch
from deployment.administration import run_operation
from deployment.backup.vault import Vault
from deployment.cli import command_line
from deployment.compose import operate
from deployment.compose.founding import init
from deployment.config import Settings
from deployment.containers import compose_of, parse_rows
from deployment.doctor import diagnose
from deployment.errors import DeploymentError, Exit, NotRunning, ToolMissing
from deployment.home import Home, write_private
from deployment.preflight import Finding

#: Answers from the folder beside it: a file named like the command holds what it prints.
DOCKER = """#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
    "compose version") exit $(cat "$here/plugin") ;;
    "version "*) echo 20.10.24; exit $(cat "$here/engine") ;;
    "info "*) cat "$here/info"; exit 0 ;;
    "image inspect") exit $(cat "$here/image") ;;
    "inspect "*) cat "$here/inspect" 2>/dev/null; exit 0 ;;
esac
echo "$@" >> "$here/asked"
while [ "$1" != --file ]; do shift; done
shift 2
cat "$here/$1" 2>/dev/null || { echo "$1 is refused" >&2; exit 1; }
"""


class Docker:
    """A folder with a program `docker`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "docker").write_text(DOCKER)
        (folder / "docker").chmod(0o755)
        for name in ("plugin", "engine", "image"):
            self.says(name, "0")
        self.says("info", '["name=seccomp,profile=default"]')
        self.environ = {"PATH": f"{folder}:{os.environ['PATH']}"}

    def says(self, command: str, text: str) -> None:
        (self.folder / command).write_text(text)

    def rows(self, *rows: dict[str, Any]) -> None:
        self.says("ps", "\n".join(json.dumps(row) for row in rows))

    def asked(self) -> str:
        return (self.folder / "asked").read_text()


@pytest.fixture
def docker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    made = Docker(folder / "programs")
    monkeypatch.setenv("PATH", made.environ["PATH"])
    return made


@pytest.fixture
def made(home: Home) -> Home:
    init(home, {})
    return home


def row(name: str, **more: Any) -> dict[str, Any]:
    return {"ID": f"{name}-id", "Service": name, "State": "running", "Health": "healthy", **more}


def test_without_docker_there_is_another_way(home: Home) -> None:
    with pytest.raises(ToolMissing, match="Docker is not installed") as missing:
        compose_of(home, {"PATH": "/nowhere"})
    assert "bauhof up" in (missing.value.hint or "")
    assert missing.value.exit_code == Exit.TOOL_MISSING


@pytest.mark.parametrize(
    ("lacking", "message", "way_out"),
    [
        ("plugin", "its compose plugin is not", "docker-compose"),
        ("engine", "no Docker engine answers", "group docker"),
    ],
)
def test_half_of_docker_is_told_from_none(
    home: Home, docker: Docker, lacking: str, message: str, way_out: str
) -> None:
    docker.says(lacking, "1")
    with pytest.raises(ToolMissing, match=message) as missing:
        compose_of(home)
    assert way_out in (missing.value.hint or "")


async def test_an_engine_without_root_is_refused_before_anything_is_written(
    made: Home, docker: Docker
) -> None:
    compose_of(made).refuse_rootless()
    docker.says("info", '["name=seccomp,profile=builtin","name=rootless","name=cgroupns"]')
    before = {path: path.stat().st_mtime_ns for path in made.root.rglob("*")}
    with pytest.raises(ToolMissing, match=r"runs without root.* ports below 1024") as refused:
        await operate.up(made, Settings(), docker.environ, lambda _: None)
    assert "DOCKER_HOST" in (refused.value.hint or "") and "bauhof up" in (refused.value.hint or "")
    assert {path: path.stat().st_mtime_ns for path in made.root.rglob("*")} == before


def test_the_doctor_looks_at_the_engine(made: Home, docker: Docker, vault: Vault) -> None:
    def seen() -> Finding:
        (made.root / "ready").touch()
        findings = diagnose(made, vault=vault, port=0, environ=docker.environ)
        return next(one for one in findings if one.name == "engine")

    docker.rows()
    assert (seen().ok, seen().text) == (True, "Docker 20.10.24")
    docker.says("info", '["name=rootless"]')
    assert not seen().ok and "bauhof up" in seen().hint
    docker.says("engine", "1")
    assert not seen().ok and "systemctl start docker" in seen().hint


@pytest.mark.parametrize(
    "text", ['{"Service": "a"}\n{"Service": "b"}\n', '[{"Service":"a"},{"Service":"b"}]']
)
def test_both_ways_of_listing_are_read(text: str) -> None:
    assert [one["Service"] for one in parse_rows(text)] == ["a", "b"]
    assert parse_rows(" \n") == []


def test_what_compose_says_last_is_the_message(home: Home, docker: Docker) -> None:
    with pytest.raises(DeploymentError, match="pull is refused"):
        compose_of(home).run("pull")


def test_a_missing_image_is_told_with_the_command_that_makes_it(made: Home, docker: Docker) -> None:
    docker.says("image", "1")
    with pytest.raises(ToolMissing, match="has no image bauhof:") as missing:
        operate._refuse_without_image(compose_of(made), Settings())
    assert "docker build" in (missing.value.hint or "")


def test_status_names_who_is_ill_and_why(made: Home, docker: Docker) -> None:
    names = ["fakts", "rekuest", "mikro", "kabinet", "gateway"]
    ill = row("postgres", Health="unhealthy", ID="0123456789abcdef")
    gone = row("redis", State="restarting", Health="", Status="Restarting (1) 2 s ago")
    done = row("migrate", State="exited", Health="", ExitCode=0)
    docker.rows(*(row(name) for name in names), ill, gone, done)
    docker.says("inspect", json.dumps([{"Id": "0123456789abcdef" * 4, "RestartCount": 3}]))
    write_private(made.run_file, '{"url": "http://127.0.0.1:8000"}')
    found = launch.status(made)
    assert not found["healthy"] and found["url"] == "http://127.0.0.1:8000"
    assert found["services"]["postgres"]["reason"] == "unhealthy"
    assert found["services"]["postgres"]["restarts"] == 3
    assert found["services"]["redis"]["reason"].startswith("Restarting")
    assert "migrate" not in found["services"]


def test_a_container_that_is_not_there_is_not_healthy(made: Home, docker: Docker) -> None:
    docker.rows(*(row(name) for name in ("fakts", "rekuest", "mikro", "kabinet")))
    assert operate.status(made)["healthy"]
    docker.rows(*(row(name) for name in ("fakts", "rekuest", "mikro")))
    assert not operate.status(made)["healthy"]
    docker.rows(row("migrate", State="exited", Health="", ExitCode=1))
    assert operate.status(made)["services"]["migrate"]["healthy"] is False


def test_what_is_told_to_do_is_for_containers(
    made: Home, docker: Docker, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made.root / "ready").touch()
    docker.rows(row("fakts", Health="unhealthy"), row("rekuest"), row("mikro"), row("kabinet"))
    write_private(made.run_file, "{}")
    findings = diagnose(made, vault=vault, port=0, environ=docker.environ)
    (ill,) = (one for one in findings if one.name == "parts")
    assert ill.hint == "See what it says: bauhof compose logs fakts"
    with pytest.raises(NotRunning) as stopped:
        run_operation(made, "org.list")
    assert stopped.value.hint == "Start it: bauhof compose up"
    done = CliRunner().invoke(command_line(("logs",)), ["logs", "--home", str(made.root)])
    assert done.exit_code == 1 and "bauhof compose logs" in done.output


def test_without_containers_nothing_runs(made: Home, docker: Docker) -> None:
    docker.rows()
    with pytest.raises(NotRunning, match="no containers") as stopped:
        launch.status(made)
    assert "bauhof compose up" in (stopped.value.hint or "")


def test_down_removes_containers_and_nothing_else(made: Home, docker: Docker) -> None:
    docker.says("down", "")
    write_private(made.run_file, "{}")
    launch.stop(made)
    asked = docker.asked()
    assert "down" in asked and "--volumes" not in asked and " -v" not in asked
    assert str(made.root) in asked
    assert not made.run_file.exists() and made.secrets_dir.exists()


def test_administration_is_done_in_the_container(
    made: Home, docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotRunning):
        run_operation(made, "org.list")
    monkeypatch.setattr("deployment.administration.is_locked", lambda _: True)
    docker.says("exec", '{"ok": true, "result": {"organizations": []}}')
    assert run_operation(made, "org.list", secret="blue doors") == {"organizations": []}
    assert "exec -T fakts" in docker.asked()
    assert "blue doors" not in docker.asked()  # it goes by standard input
