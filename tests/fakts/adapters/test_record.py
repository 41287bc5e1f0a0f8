"""The record of the synthetic check: written by one process, read by others."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakts_server.adapters import record
from fakts_server.adapters.record import Outcome


def test_checks_are_counted_and_the_last_good_one_is_remembered(tmp_path: Path) -> None:
    record.begin(tmp_path, 60)
    fresh = record.read(tmp_path)
    assert fresh is not None and fresh.at is None and (fresh.done, fresh.failed) == (0, 0)
    good = record.note(tmp_path, Outcome({"login": 0.1}), 60)
    record.note(tmp_path, Outcome({"login": 0.1}, "assign", "no agent"), 60)
    found = record.read(tmp_path)
    assert found is not None
    assert (found.done, found.failed, found.ok_at) == (1, 1, good.at)
    assert found.last == Outcome({"login": 0.1}, "assign", "no agent")


def test_a_start_forgets_and_without_checks_nothing_is_kept(tmp_path: Path) -> None:
    record.note(tmp_path, Outcome({}), 60)
    record.begin(tmp_path, 60)
    found = record.read(tmp_path)
    assert found is not None and found.done == 0
    record.begin(tmp_path, 0)
    assert record.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"last": 1}', '{"last": {}, "other": 1}'])
def test_half_a_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / record.FILE).write_text(text)
    assert record.read(tmp_path) is None


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    record.begin(tmp_path, 60)
    assert (tmp_path / record.FILE).stat().st_mode & 0o777 == 0o600
