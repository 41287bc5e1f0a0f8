"""Backups that are made by themselves: when, how many, and how it is seen that they fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_lab import Lab

from deployment.backup.regular import Regular, Rhythm, is_due
from deployment.backup.vault import Summary, Vault
from deployment.home import Home

DAILY = Rhythm(hours=24, keep=2)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def made(ago: timedelta) -> Summary:
    when = (NOON - ago).isoformat()
    return Summary("one", when, "0.1.0", "abc", ("fakts",), 1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("ages", "due"),
    [((), True), ((23,), False), ((24,), True), ((100, 1), False), ((1, 100), False)],
)
def test_the_newest_tells_when_the_next_is_due(ages: tuple[int, ...], due: bool) -> None:
    assert is_due([made(timedelta(hours=age)) for age in ages], DAILY, NOON) is due


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_that_is_due_is_made_and_the_oldest_go(
    lab: Lab, vault: Vault, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = Regular(lab.home, vault, Rhythm(hours=0, keep=2), folder / "alive")
    for _ in range(3):
        assert work.turn()
    assert len(vault.summaries()) == 2
    assert [row["event"] for row in told(capsys)] == ["backup.made"] * 3
    work.show()
    assert (folder / "alive").exists()
    # With a day in between there is nothing to do.
    assert Regular(lab.home, vault, DAILY, folder / "alive").turn()
    assert len(vault.summaries()) == 2


def test_one_that_fails_says_why_and_gives_no_sign_of_life(
    folder: Path, vault: Vault, capsys: pytest.CaptureFixture[str]
) -> None:
    work = Regular(Home(folder / "none"), vault, DAILY, folder / "alive")
    assert not work.turn()
    work.show()
    assert not (folder / "alive").exists()
    (row,) = told(capsys)
    assert row["event"] == "backup.failed" and "no installation" in str(row["error"])
