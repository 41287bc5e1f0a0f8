"""The words of the command line: every command speaks JSON, knows the home, explains itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
import typer
from typer.testing import CliRunner

from deployment.cli import COMMANDS, command_line, wanted
from deployment.errors import EXIT_MEANINGS, Exit
from deployment.version import version

GROUP = typer.main.get_command(command_line())
run = CliRunner()


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something."""
    if isinstance(group, click.Group) or hasattr(group, "commands"):
        for name, inner in group.commands.items():  # type: ignore[attr-defined]
            yield from commands(inner, (*path, name))
    else:
        yield path


def command_of(path: tuple[str, ...]) -> click.Command:
    found = GROUP
    for name in path:
        found = found.commands[name]  # type: ignore[attr-defined]
    return found


ALL = sorted(commands(GROUP))
#: They stay in the foreground and have no result that a program could read.
STAYING = {("engine", "docker")}


def test_the_commands_people_expect_are_there() -> None:
    words = {" ".join(path) for path in ALL}
    assert words >= {
        "up",
        "down",
        "status",
        "logs",
        "check",
        "doctor",
        "support-bundle",
        "rollback",
        "uninstall",
        "backup create",
        "backup list",
        "backup verify",
        "backup restore",
        "backup prune",
        "backup key",
        "secrets rotate",
        "org create",
        "user create",
        "key create",
        "key list",
        "key revoke",
        "webapp add",
        "webapp list",
        "webapp rotate",
        "webapp remove",
        "device list",
        "device approve",
        "device deny",
    }


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_the_common_options_and_a_sentence(path: tuple[str, ...]) -> None:
    command = command_of(path)
    options = {name for one in command.params for name in one.opts}
    assert "--home" in options
    assert ("--json" in options) == (path not in STAYING)
    first = (command.help or "").strip().splitlines()[0]
    assert first.endswith(".") and first[0].isupper(), first
    for one in command.params:
        if one.param_type_name == "option" and one.name not in {"help", "json"}:
            assert one.help, f"{' '.join(path)} {one.opts[0]} explains nothing"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_wrong_options_are_a_usage_error(path: tuple[str, ...]) -> None:
    done = run.invoke(command_line(), [*path, "--no-such-option"])
    assert done.exit_code == Exit.USAGE
    assert "No such option" in done.output


@pytest.mark.parametrize("words", [[], ["backup"], ["key"], ["nothing"], ["backup", "nothing"]])
def test_half_a_command_is_a_usage_error_that_helps(words: list[str]) -> None:
    done = run.invoke(command_line(), words)
    assert done.exit_code == Exit.USAGE
    assert "Usage:" in done.output


def test_the_help_lists_every_exit_code() -> None:
    text = " ".join(run.invoke(command_line(), ["--help"], env={"COLUMNS": "500"}).output.split())
    for code, meaning in EXIT_MEANINGS.items():
        assert f"{int(code)} {meaning}" in text
    assert set(EXIT_MEANINGS) == set(Exit)


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_can_be_asked_for_anywhere(word: str) -> None:
    for words in ([], ["backup"], ["backup", "create"]):
        assert run.invoke(command_line(), [*words, word]).exit_code == 0


def test_the_version_is_that_of_the_package() -> None:
    assert run.invoke(command_line(), ["--version"]).output.strip() == version()


@pytest.mark.parametrize(
    "words", [["key", "create", "--user", "a"], ["backup", "prune"], ["org", "create"]]
)
def test_what_is_needed_and_missing_is_named(words: list[str]) -> None:
    done = run.invoke(command_line(), words)
    assert done.exit_code == Exit.USAGE and "Missing" in done.output


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_ports_that_are_none_are_refused(port: str) -> None:
    assert run.invoke(command_line(), ["up", "--port", port]).exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (["key", "list"], {"key"}),
        (["store"], {"store"}),
        ([], set(COMMANDS)),
        (["--help"], set(COMMANDS)),
        (["keys"], set(COMMANDS)),
    ],
    ids=str,
)
def test_a_call_needs_the_command_it_begins_with_or_all(words: list[str], loaded: set[str]) -> None:
    assert set(wanted(words)) == loaded
    assert set(typer.main.get_command(command_line(wanted(words))).commands) == loaded


def test_a_short_command_loads_nothing_of_the_others() -> None:
    code = (
        "import sys; sys.argv = ['bauhof', 'key', 'list', '--help']\n"
        "from deployment.cli import main\n"
        "try: main()\n"
        "finally: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "deployment.commands.key" in loaded
    assert not loaded & {"deployment.commands.store", "httpx", "cryptography", "psutil", "yaml"}
