"""What the documentation tells people to type exists: commands, options, targets, files."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import typer
from handbook import calls, paths, section, typed
from sources import ROOT
from test_docs import pages

from deployment.cli import command_line

GROUP = typer.main.get_command(command_line())
README = ROOT / "README.md"
FIRST_STEPS = ("Five minutes", "On a server")


def wrong(call: list[str]) -> str | None:
    """What the command line would not know of a call; values and places are not looked at."""
    command: click.Command = GROUP
    rest = [*call]
    while rest and (inner := getattr(command, "commands", {}).get(rest[0])):
        command = inner
        rest.pop(0)
    if hasattr(command, "commands") and rest and re.fullmatch(r"[a-z][a-z-]*", rest[0]):
        return f"no command {rest[0]}"
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    known |= {"--help", "-h"}
    used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    return f"no option {', '.join(sorted(used - known))}" if used - known else None


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_call_in_the_docs_is_known_to_the_command_line(page: Path) -> None:
    found = [
        f"bauhof {' '.join(call)}: {problem}"
        for call in calls(page.read_text(encoding="utf8"))
        if page.name != "CHANGELOG.md" and (problem := wrong(call))
    ]
    assert found == []


def test_calls_that_are_wrong_are_seen() -> None:
    text = (
        "Say `bauhof backup make` or\n\n    bauhof up --ports 1 && .venv/bin/bauhof down  # ends\n"
    )
    assert [wrong(call) for call in calls(text)] == ["no option --ports", None, "no command make"]


@pytest.mark.parametrize("part", FIRST_STEPS)
def test_the_first_steps_are_whole_commands(part: str) -> None:
    """They can be typed as they stand: a bench does (tests/load/bench_readme.py)."""
    lines = typed(section(README, part))
    assert lines
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in lines:
        if line.startswith("make "):
            assert set(line.split()[1:]) <= targets, line
        assert [path for path in paths(line) if not path.exists()] == []
        for call in calls(f"\n    {line}\n"):
            command: click.Command = GROUP
            while hasattr(command, "commands"):
                command = command.commands[call.pop(0)]
            assert command.make_context(command.name, call), line
