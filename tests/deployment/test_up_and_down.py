"""The life of a home with the real services: first start, second start, crashes, stop."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
from platform_cli import Cli
from standing import alive, until_now

from bauhof import template
from deployment.catalog import SERVICES, service_names
from deployment.errors import Exit
from deployment.home import Home, is_locked

pytestmark = pytest.mark.timeout(420)
PARTS = {"postgres", *service_names(), "gateway"}


@pytest.fixture
def cli(home: Home, folder: Path):
    cli = Cli(home, folder)
    yield cli
    if is_locked(home):
        cli.run("down")


def pids(cli: Cli) -> dict[str, int]:
    rows = json.loads(cli.run("status", "--json").stdout)["services"]
    return {name: row["pid"] for name, row in rows.items()}


def everything_said(cli: Cli) -> str:
    return "\n".join(path.read_text() for path in cli.home.logs_dir.glob("*.log"))


def test_the_life_of_a_home(cli: Cli) -> None:
    _first_start(cli)
    _second_up_is_refused(cli)
    _no_secret_is_seen_outside(cli)
    _a_stopped_part_makes_the_status_unhealthy(cli)
    first = pids(cli)
    assert cli.json("down") == {"stopped": True}
    for name, pid in first.items():
        assert not alive(pid), name
    assert not cli.home.run_dir.exists()
    assert cli.json("status", code=Exit.NOT_RUNNING)["healthy"] is False
    assert cli.run("down").returncode == Exit.NOT_RUNNING
    _second_start_in_the_foreground(cli)


def _first_start(cli: Cli) -> None:
    started = cli.json("up", "--detach", "--port", "0")
    assert set(started) == {"url", "services", "admin"}
    assert set(started["services"]) == set(service_names())
    for service in SERVICES:
        row = started["services"][service.name]
        assert row["url"] == started["url"] + service.prefix
        assert alive(row["pid"])
    assert started["admin"]["username"] == "admin"
    assert len(started["admin"]["password"]) >= 12
    # Shown once: nothing that could tell it again is left, not even in a log.
    assert not cli.home.first_admin_file.exists()
    assert started["admin"]["password"] not in everything_said(cli)
    status = cli.json("status")
    assert (status["healthy"], status["url"]) == (True, started["url"])
    assert set(status["services"]) == PARTS


def _second_up_is_refused(cli: Cli) -> None:
    for words in (["--detach"], []):
        refused = cli.run("up", *words)
        assert refused.returncode == Exit.ALREADY_RUNNING
        assert refused.stdout == ""
        assert len(refused.stderr.splitlines()) == 1
        assert "already runs" in refused.stderr
    assert cli.json("status")["healthy"] is True


def _no_secret_is_seen_outside(cli: Cli) -> None:
    """Neither the process list nor an environment holds a password."""
    files = [*cli.home.secrets_dir.iterdir(), *cli.home.root.glob("state/**/*")]
    lines = [line for path in files if path.is_file() for line in path.read_text().splitlines()]
    secrets = [line for line in lines if len(line) >= 16]
    assert len(secrets) >= 2 * len(service_names())
    supervisor = psutil.Process(cli.supervisor())
    for process in [supervisor, *supervisor.children(recursive=True)]:
        seen = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [secret for secret in secrets if secret in seen], process.name()
    for path in cli.home.root.rglob("*"):
        assert path.is_symlink() or path.stat().st_mode & 0o077 == 0, path


def _a_stopped_part_makes_the_status_unhealthy(cli: Cli) -> None:
    before = pids(cli)["kabinet"]
    psutil.Process(before).send_signal(signal.SIGSTOP)
    try:
        status = cli.json("status", code=Exit.UNHEALTHY)
        assert status["healthy"] is False
        assert status["services"]["kabinet"]["reason"] == "does not answer"
    finally:
        psutil.Process(before).send_signal(signal.SIGCONT)
    until_now(lambda: cli.json("status")["healthy"])


@pytest.mark.parametrize("words", [("--home", "somewhere"), ("--detach",)])
def test_what_does_not_go_with_a_temporary_platform_is_refused(cli: Cli, words) -> None:
    done = cli.bare("up", "--temporary", "--json", *words)
    assert done.returncode == Exit.REFUSED
    assert json.loads(done.stdout)["error"]["field"] == words[0].strip("-")
    assert not (cli.folder / "somewhere").exists()


def test_a_temporary_platform_leaves_nothing_behind(cli: Cli, folder: Path) -> None:
    (folder / "passing").mkdir()
    cli.env["TMPDIR"] = str(folder / "passing")
    with cli.started("up", "--temporary", "--json") as process:
        started = json.loads(process.stdout.readline())
        passing = Home(Path(started["home"]))
        assert passing.root.parent == folder / "passing"
        assert httpx.get(started["url"] + "/fakts/ht", timeout=60).status_code == 200
        key = Cli(passing, folder).json("key", "create", "--user", "admin", "--org", "default")
        assert key["key"]
        running = pids(Cli(passing, folder))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert not [name for name, pid in running.items() if alive(pid)]
    assert not passing.run_dir.exists()
    assert list((folder / "passing").iterdir()) == []
    # That of the person is another one.
    assert not cli.home.root.exists()


def _second_start_in_the_foreground(cli: Cli) -> None:
    with cli.foreground("--json", "--port", "0") as process:
        line = process.stdout.readline()
        started = json.loads(line)
        assert set(started) == {"url", "services"}
        running = pids(cli)
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=120)
    assert process.returncode == 0
    assert (rest, complaints) == ("", "")
    for name, pid in running.items():
        assert not alive(pid), name


def test_a_killed_supervisor_takes_its_children_along_and_up_works_again(cli: Cli) -> None:
    template.lay(cli.home)  # a first start of its own is part of the life of a home
    cli.json("up", "--detach", "--port", "0")
    before = pids(cli)
    port = int(cli.json("status")["url"].rsplit(":", 1)[1])
    cli.kill_supervisor()
    for pid in before.values():
        until_now(lambda pid=pid: not alive(pid))
    assert cli.json("status", code=Exit.NOT_RUNNING)["error"]["code"] == "NOT_RUNNING"

    again = cli.json("up", "--detach", "--port", str(port))
    assert again["url"].endswith(f":{port}")
    _children_come_back_by_themselves(cli)
    # Sockets may be swept away with old temporary files; stopping works all the same.
    shutil.rmtree(cli.home.run_dir)
    assert cli.json("down") == {"stopped": True}


def _children_come_back_by_themselves(cli: Cli) -> None:
    before = pids(cli)
    for name in ("rekuest", "gateway", "postgres"):
        psutil.Process(before[name]).kill()
    until_now(lambda: cli.run("status").returncode == 0, seconds=120)
    after = pids(cli)
    changed = {name for name in PARTS if before[name] != after[name]}
    assert changed == {"rekuest", "gateway", "postgres"}


def test_an_explicit_port_that_is_taken_is_an_error(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for words in (["--detach"], []):
            refused = cli.run("up", "--port", port, *words)
            assert refused.returncode == Exit.PORT_TAKEN
            assert refused.stderr.startswith(f"error: port {port} on 127.0.0.1 is taken")
            assert len(refused.stderr.splitlines()) == 1
        answer = cli.json("up", "--port", port, code=Exit.PORT_TAKEN)
    assert answer["error"]["code"] == "PORT_TAKEN"
    assert not is_locked(cli.home)


def test_a_wrong_setting_is_one_clear_line(cli: Cli) -> None:
    cli.home.root.mkdir()
    cli.home.config_file.write_text("gateway: {prot: 80}\n")
    refused = cli.run("up", "--detach")
    assert refused.returncode == Exit.CONFIG
    assert "gateway.prot: there is no such key" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_service_that_refuses_its_settings_ends_the_start_with_its_reason(cli: Cli) -> None:
    cli.home.root.mkdir()
    cli.home.config_file.write_text("fakts: {no_such_key: 1}\n")
    refused = cli.run("up", "--detach", "--port", "0")
    assert refused.returncode == Exit.UNHEALTHY
    assert "fakts did not start: it ended with code 78: configuration:" in refused.stderr
    assert "no_such_key" in refused.stderr
    assert not is_locked(cli.home)


def test_ctrl_c_during_the_start_leaves_nothing_behind(cli: Cli) -> None:
    with cli.foreground("--port", "0") as process:
        until_now(cli.home.children_file.exists)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert process.returncode == 0
    assert not is_locked(cli.home)
    found = [p for p in psutil.process_iter(["cmdline"]) if str(cli.home.root) in _words(p)]
    assert found == []


def _words(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"] or [])


def test_the_supervisor_is_small() -> None:
    """Neither Django nor the terminal's libraries are loaded by the process that stays."""
    code = "import deployment.supervise, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "deployment.embedded" in loaded
    assert not loaded & {"django", "strawberry", "typer", "rich", "pydantic", "psycopg", "httpx"}
