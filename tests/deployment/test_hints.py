"""Commands that errors and findings tell people to type: they are there, and whole as printed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from deployment.cli import COMMANDS, command_line

SOURCES = Path(__file__).resolve().parents[2] / "services" / "deployment"
GROUP = typer.main.get_command(command_line())
#: From the program's name to where the sentence goes on.
TYPED = re.compile(r"bauhof ((?:[a-z-]+|\\.\\.\\.|[A-Z_]+|\\S+)(?: [^\\s`(),;]+)*)")


def texts(file: Path) -> Iterator[str]:
    """Every hint of a module; for what is filled in stands one word."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "hint":
            for part in ast.walk(node.value):
                if isinstance(part, ast.JoinedStr):
                    yield "".join(
                        one.value if isinstance(one, ast.Constant) else "X" for one in part.values
                    )
                elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command in a sentence, without the program's name."""
    for found in re.finditer(r"(?<![/.])\bbauhof ((?:[^\s`(),;]+ ?)+)", text):
        words = found[1].strip().rstrip(".:").split()
        if words[0] in COMMANDS:
            yield words


FOUND = sorted(
    {
        " ".join(words)
        for file in SOURCES.rglob("*.py")
        for text in texts(file)
        for words in commands(text)
    }
)


def required(command: click.Command) -> set[str]:
    return {
        param.opts[0]
        for param in command.params
        if param.required and param.param_type_name == "option"
    }


def test_there_are_such_sentences() -> None:
    assert {"up", "compose up", "backup create"} <= {*FOUND} and len(FOUND) >= 25


@pytest.mark.parametrize("line", FOUND)
def test_what_people_are_told_to_type_is_a_whole_command(line: str) -> None:
    command, words = GROUP, line.split()
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"bauhof {line}: there is no {words[0]}"
        command = command.commands[words.pop(0)]
    assert not hasattr(command, "commands"), f"bauhof {line} is half a command"
    known = {name for param in command.params for name in param.opts + param.secondary_opts}
    given = {word for word in words if word.startswith("-")}
    assert given <= known, f"bauhof {line}: unknown {given - known}"
    # Dots stand for whatever else is needed.
    assert "..." in words or required(command) <= given, f"bauhof {line} lacks an option"
