"""The administration commands against a running platform, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest
from platform_cli import BAUHOF, Cli
from typer.testing import CliRunner

from bauhof.running import Deployment
from deployment.cli import command_line
from deployment.commands.answers import rows_of
from deployment.commands.key import seconds_of
from deployment.errors import DeploymentError, Exit
from deployment.home import Home

pytestmark = pytest.mark.timeout(420)
PASSWORD = "a long and good password 1"


@pytest.fixture
def cli(platform: Deployment) -> Cli:
    return Cli(Home(platform.home), platform.home)


@pytest.fixture(scope="session")
def lab(platform: Deployment) -> str:
    cli = Cli(Home(platform.home), platform.home)
    assert cli.json("org", "create", "lab", "--name", "The Lab")["slug"] == "lab"
    words = ["user", "create", "maria", "--org", "lab", "--role", "editor", "--password-stdin"]
    cli.json(*words, stdin=PASSWORD + "\n")
    return "lab"


def refused(done: subprocess.CompletedProcess[str], part: str) -> None:
    assert done.returncode == Exit.REFUSED
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert part in done.stderr


def test_organizations_and_people_are_listed(cli: Cli, lab: str) -> None:
    assert {"default", lab} <= {row["slug"] for row in cli.json("org", "list")}
    members = cli.json("user", "list", "--org", lab)
    assert [row["username"] for row in members] == ["maria"]
    assert members[0]["roles"] == ["editor"]
    table = cli.run("org", "list").stdout
    assert "slug" in table
    assert "The Lab" in table


def test_what_is_there_already_is_refused(cli: Cli, lab: str) -> None:
    refused(cli.run("org", "create", lab), lab)


def test_a_role_that_does_not_exist_is_a_usage_error(cli: Cli, lab: str) -> None:
    done = cli.run("user", "create", "eve", "--org", lab, "--role", "king", "--password-stdin")
    assert done.returncode == Exit.USAGE
    assert "deployer" in done.stderr


def test_a_password_never_comes_by_the_command_line(cli: Cli, lab: str) -> None:
    words = ["user", "create", "eve", "--org", lab, "--role", "user"]
    refused(cli.run(*words), "no password")
    refused(cli.run(*words, "--password-stdin", stdin="\n"), "empty")
    assert cli.run(*words, "--password", "x").returncode == Exit.USAGE


def test_a_key_is_printed_once_and_listed_without_itself(cli: Cli, lab: str) -> None:
    words = ["key", "create", "--user", "maria", "--org", lab, "--app", "org.example.a"]
    made = cli.json(*words, "--expires", "7d")
    assert set(made) == {"key", "id"}
    listed = cli.run("key", "list", "--json").stdout
    assert made["key"] not in listed
    row = next(row for row in json.loads(listed) if row["id"] == made["id"])
    assert (row["username"], row["organization"]) == ("maria", lab)
    assert row["expires_at"] is not None
    for path in cli.home.logs_dir.glob("*.log"):
        assert made["key"] not in path.read_text()


def test_a_key_stands_alone_on_stdout(cli: Cli, lab: str) -> None:
    done = cli.run("key", "create", "--user", "maria", "--org", lab)
    assert len(done.stdout.split()) == 1
    assert "shown once" in done.stderr


def test_a_key_is_revoked(cli: Cli, lab: str) -> None:
    made = cli.json("key", "create", "--user", "maria", "--org", lab)
    cli.json("key", "revoke", made["id"])
    row = next(row for row in cli.json("key", "list") if row["id"] == made["id"])
    assert row["revoked_at"] is not None
    assert cli.run("key", "revoke", "999999").returncode == Exit.REFUSED


def test_a_refusal_names_the_reason_also_for_programs(cli: Cli, lab: str) -> None:
    words = ["key", "create", "--user", "nobody", "--org", lab]
    refused(cli.run(*words), "nobody")
    answer = cli.json(*words, code=Exit.REFUSED)
    assert answer["error"]["code"]
    assert "nobody" in answer["error"]["message"]


def test_devices_that_do_not_wait_are_refused(cli: Cli, lab: str) -> None:
    assert cli.json("device", "list") == []
    assert cli.run("device", "list").stdout == "none\n"
    for verb in ("approve", "deny"):
        refused(cli.run("device", verb, "NO-CODE", "--user", "maria", "--org", lab), "code")


def test_logs_are_shown_with_the_name_of_their_part(cli: Cli, lab: str) -> None:
    parts = {"postgres", "objectstore", "fakts", "mikro", "gateway", "supervisor"}
    for line in cli.run("logs", "-n", "2").stdout.splitlines():
        # However long, a line is not folded: programs read it too.
        assert line.split()[0] in parts
    (asked,) = cli.run("logs", "access", "-n", "1").stdout.splitlines()
    assert asked.split()[0] == "access"
    only = cli.run("logs", "postgres", "-n", "3", "--json").stdout.splitlines()
    assert {json.loads(line)["service"] for line in only} == {"postgres"}
    assert cli.run("logs", "lok").returncode == Exit.REFUSED


def test_logs_can_be_followed(cli: Cli, lab: str) -> None:
    words = ["logs", "-f", "-n", "0", "fakts", "--home", str(cli.home.root)]
    with subprocess.Popen(
        [str(BAUHOF), *words], stdout=subprocess.PIPE, text=True, env=cli.env
    ) as following:
        done = threading.Event()
        writer = threading.Thread(target=_keep_writing, args=(cli.home.log_file("fakts"), done))
        writer.start()
        try:
            assert any("a line for the follower" in line for line in following.stdout)
        finally:
            done.set()
            writer.join()
            following.terminate()


def _keep_writing(path: Path, done: threading.Event) -> None:
    while not done.wait(0.1):
        with path.open("a") as log:
            log.write("a line for the follower\n")


@pytest.mark.parametrize(
    "words",
    [
        ["org", "list"],
        ["key", "list"],
        ["device", "list"],
        ["down"],
        ["key", "create", "--user", "a", "--org", "b"],
    ],
)
def test_without_a_platform_commands_say_how_to_start_one(home: Home, words: list[str]) -> None:
    done = CliRunner().invoke(command_line(), [*words, "--home", str(home.root)])
    assert done.exit_code == Exit.NOT_RUNNING
    assert "bauhof up" in done.stderr
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("12h", 43200), ("7d", 604800), ("2w", 1209600)],
)
def test_durations(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "0d", "1.5h", "7 d", "7d7d", "1y"])
def test_other_words_are_no_durations(text: str) -> None:
    with pytest.raises(DeploymentError):
        seconds_of(text)


@pytest.mark.parametrize(
    ("result", "rows"),
    [([{"a": 1}], [{"a": 1}]), ({"keys": [{"a": 1}]}, [{"a": 1}]), (None, []), ({}, [])],
)
def test_lists_are_found_in_an_answer(result, rows) -> None:
    assert rows_of(result) == rows


def test_help_names_every_command_and_the_exit_codes() -> None:
    done = CliRunner().invoke(command_line(), ["--help"])
    assert done.exit_code == 0
    for word in ("up", "down", "status", "logs", "check", "org", "user", "key", "device"):
        assert word in done.stdout
    assert "Exit codes" in done.stdout
    assert CliRunner().invoke(command_line(), ["--version"]).stdout.strip()


@pytest.mark.parametrize(
    "words", [["up"], ["down"], ["status"], ["logs"], ["check"], ["org", "create"], ["key", "list"]]
)
def test_every_command_takes_home_and_json(words: list[str]) -> None:
    text = CliRunner().invoke(command_line(), [*words, "--help"], env={"COLUMNS": "200"}).stdout
    assert "--home" in text
    assert "--json" in text
