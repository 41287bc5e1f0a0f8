"""The record of the synthetic check: written by one process, read by others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chassis import clock, synthetic
from chassis.synthetic import Outcome


def test_checks_are_counted_and_the_last_good_one_is_remembered(tmp_path: Path) -> None:
    synthetic.begin(tmp_path, 60)
    fresh = synthetic.read(tmp_path)
    assert fresh is not None and fresh.at is None and (fresh.done, fresh.failed) == (0, 0)
    good = synthetic.note(tmp_path, Outcome({"login": 0.1}), 60)
    synthetic.note(tmp_path, Outcome({"login": 0.1}, "assign", "no agent"), 60)
    found = synthetic.read(tmp_path)
    assert found is not None
    assert (found.done, found.failed, found.ok_at) == (1, 1, good.at)
    assert found.last == Outcome({"login": 0.1}, "assign", "no agent")


def test_its_age_counts_from_the_last_check_or_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthetic.begin(tmp_path, 60)
    start = clock.now()
    monkeypatch.setattr(synthetic, "now", lambda: start + timedelta(minutes=7))
    record = synthetic.read(tmp_path)
    assert record is not None and 400 < record.age_seconds < 440
    assert synthetic.note(tmp_path, Outcome({}), 60).age_seconds == 0


def test_a_start_forgets_and_without_checks_nothing_is_kept(tmp_path: Path) -> None:
    synthetic.note(tmp_path, Outcome({}), 60)
    synthetic.begin(tmp_path, 60)
    record = synthetic.read(tmp_path)
    assert record is not None and record.done == 0
    synthetic.begin(tmp_path, 0)
    assert synthetic.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"last": 1}', '{"last": {}, "other": 1}'])
def test_half_a_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / synthetic.FILE).write_text(text)
    assert synthetic.read(tmp_path) is None


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    synthetic.begin(tmp_path, 60)
    assert (tmp_path / synthetic.FILE).stat().st_mode & 0o777 == 0o600
