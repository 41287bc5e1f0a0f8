"""How answers are shown: for programs one JSON text, for people a sentence or a table."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
import typer
from rich.console import Console

from deployment.commands import answers
from deployment.commands.answers import rows_of, show, show_findings, show_list, show_once
from deployment.preflight import Finding


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What people see, on a terminal of 100 columns."""
    text = io.StringIO()
    monkeypatch.setattr(answers, "out", Console(file=text, width=100, highlight=False))
    return text


ROWS = [
    {"id": 1, "name": "[red]lab[/red]", "created_at": "2026-11-27T22:10:54.016+00:00"},
    {"id": 2, "name": None, "roles": ["admin", "user"]},
]


@pytest.mark.parametrize(
    ("result", "printed"),
    [({"id": 1}, {"id": 1}), ([], []), (None, {"ok": True}), (False, False), (0, 0)],
)
def test_programs_get_the_object(
    result: Any, printed: Any, shown: io.StringIO, capsys: pytest.CaptureFixture
) -> None:
    show(result, "it was done", as_json=True)
    line = capsys.readouterr().out
    assert json.loads(line) == printed and line.count("\n") == 1
    assert shown.getvalue() == ""


def test_people_get_the_sentence(shown: io.StringIO) -> None:
    show({"id": 1}, "[bold]it[/bold] was done", as_json=False)
    assert shown.getvalue() == "[bold]it[/bold] was done\n"


@pytest.mark.parametrize("result", [ROWS, {"organizations": ROWS}])
def test_a_list_is_found_alone_or_as_the_only_member(result: Any) -> None:
    assert rows_of(result) == ROWS


@pytest.mark.parametrize("result", [None, {}, {"a": [], "b": []}, {"a": 1}, "text", 5])
def test_what_is_no_list_has_no_rows(result: Any) -> None:
    assert rows_of(result) == []


def test_a_table_has_every_column_and_readable_cells(shown: io.StringIO) -> None:
    show_list(ROWS, as_json=False)
    head, first, second = shown.getvalue().splitlines()
    assert re.split(r"\s{2,}", head.strip()) == ["id", "name", "created at", "roles"]
    # What a person named is shown as it is, not taken for markup; a moment without its seconds.
    assert "[red]lab[/red]" in first and "2026-11-27 22:10" in first and ":54" not in first
    assert re.split(r"\s{2,}", second.strip()) == ["2", "-", "-", "admin, user"]


def test_an_empty_list_is_said_so(shown: io.StringIO) -> None:
    show_list({"keys": []}, as_json=False)
    assert shown.getvalue() == "none\n"


def test_lists_for_programs_are_lists(capsys: pytest.CaptureFixture) -> None:
    show_list({"organizations": ROWS}, as_json=True)
    assert json.loads(capsys.readouterr().out) == ROWS


WELL = Finding("disk", ok=True, text="5 GB free", hint="not shown")
ILL = Finding("port", ok=False, text="8000 is taken", hint="Choose another with --port.")


def test_findings_that_are_well_end_well(shown: io.StringIO) -> None:
    show_findings([WELL], as_json=False)
    assert shown.getvalue() == "✔ disk: 5 GB free\n"


def test_one_ill_finding_ends_ill_with_the_way_out(shown: io.StringIO) -> None:
    with pytest.raises(typer.Exit) as ended:
        show_findings([WELL, ILL], as_json=False)
    assert ended.value.exit_code == 1
    assert shown.getvalue().splitlines()[1:] == [
        "✘ port: 8000 is taken",
        "  Choose another with --port.",
    ]


def test_findings_for_programs_say_both(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(typer.Exit):
        show_findings([WELL, ILL], as_json=True)
    body = json.loads(capsys.readouterr().out)
    assert body["ok"] is False
    assert body["checks"] == [WELL.as_dict(), ILL.as_dict()]


def test_a_secret_stands_alone_where_a_script_reads(
    shown: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = io.StringIO()
    monkeypatch.setattr(answers, "err", Console(file=beside, width=100, highlight=False))
    show_once("[red]word", "key 7")
    assert shown.getvalue() == "[red]word\n"
    assert beside.getvalue() == "key 7, shown once:\n"
