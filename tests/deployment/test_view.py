"""What a person sees of a start."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from deployment.view import StartView


def child(name: str, state: str, reason: str = "") -> dict:
    return {"event": "child", "name": name, "state": state, "reason": reason, "seconds": 1.25}


def shown(events: list[dict], *, terminal: bool, quiet: bool = False) -> str:
    out = io.StringIO()
    view = StartView(Console(file=out, force_terminal=terminal, width=100), quiet=quiet)
    with view.showing():
        for event in events:
            view.heard(event)
    return out.getvalue()


STORY = [
    child("postgres", "starting"),
    {"event": "note", "text": "ended fakts, left over from a run that was killed"},
    child("postgres", "healthy"),
    child("fakts", "restarting", "ended with code 1; starts again in 0.2 s"),
    {"event": "stopping"},
    {"event": "unheard of"},
]


def test_without_a_terminal_every_change_is_a_line() -> None:
    lines = shown(STORY, terminal=False).splitlines()
    assert lines[0].split() == ["1.25", "s", "postgres", "starting"]
    assert "left over" in lines[1]
    assert "starts again in 0.2 s" in lines[3]
    assert lines[4] == "stopping ..."
    assert len(lines) == 5


def test_on_a_terminal_every_child_has_one_row() -> None:
    text = shown(STORY, terminal=True)
    last = text[text.rindex("postgres") :]
    assert "healthy" in last
    assert "restarting" in last


@pytest.mark.parametrize("terminal", [True, False])
def test_for_programs_nothing_is_shown(terminal: bool) -> None:
    assert shown(STORY, terminal=terminal, quiet=True) == ""


def test_words_of_a_child_are_not_markup() -> None:
    text = shown([child("fakts", "failed", "[red]x[/red] [link=file:///]y")], terminal=False)
    assert "[red]x[/red] [link=file:///]y" in text
