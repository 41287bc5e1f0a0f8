"""Logs: rotation under a writer, the last lines, and following."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from deployment.logfiles import Follower, open_log, rotate, tail


def test_a_writer_goes_on_at_the_start_after_a_rotation(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with open_log(path) as log:
        log.write(b"one\n")
        assert rotate(path, most_bytes=1, keep=2)
        log.write(b"two\n")
    assert path.read_bytes() == b"two\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"one\n"
    assert path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "a.log.1").stat().st_mode & 0o077 == 0


def test_old_logs_move_on_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    for number in range(5):
        path.write_text(f"{number}")
        rotate(path, most_bytes=1, keep=2)
    assert (tmp_path / "a.log.1").read_text() == "4"
    assert (tmp_path / "a.log.2").read_text() == "3"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2"]


def test_small_and_absent_logs_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    assert not rotate(path, most_bytes=10, keep=2)
    path.write_text("short")
    assert not rotate(path, most_bytes=10, keep=2)


@given(st.lists(st.text(alphabet="ab é", max_size=200), max_size=50), st.integers(0, 60))
def test_tail_is_the_end_of_the_whole(tmp_path_factory, lines: list[str], count: int) -> None:
    path = tmp_path_factory.mktemp("tail") / "a.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    assert tail(path, count) == (lines[-count:] if count else [])


def test_tail_of_a_long_log_reads_only_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {number}\n" for number in range(50_000)))
    assert tail(path, 2) == ["line 49998", "line 49999"]
    assert tail(tmp_path / "none", 2) == []


def test_a_follower_sees_whole_new_lines_also_after_a_rotation(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("old\n")
    follower = Follower(path)
    with open_log(path) as log:
        log.write(b"new\nhal")
        assert list(follower.new_lines()) == ["new"]
        log.write(b"f\n")
        assert list(follower.new_lines()) == ["half"]
        rotate(path, most_bytes=1, keep=1)
        log.write(b"x\n")
        assert list(follower.new_lines()) == ["x"]
    assert list(follower.new_lines()) == []
