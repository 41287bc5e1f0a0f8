"""The Ceph of the tests: what is a reason to leave its tests out, and what is a failure."""

from __future__ import annotations

from pathlib import Path

import pytest
import rgw


def test_where_it_cannot_be_had_its_tests_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(rgw.CannotRun, match="not installed"):
        rgw.start(tmp_path / "ceph")


def test_one_that_is_there_and_does_not_start_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("radosgw", "ceph-mon", "ceph-osd", "ceph-authtool"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho no entropy >&2\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(rgw.DidNotStart, match="no entropy"):
        rgw.start(tmp_path / "ceph")


def test_one_that_does_not_come_up_is_a_failure() -> None:
    with pytest.raises(rgw.DidNotStart, match="in time"):
        rgw._wait(lambda: False, 0)
