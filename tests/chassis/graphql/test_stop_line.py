"""The stop line: who writes is told, who frees goes on, and below the line all is as before."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import strawberry

from chassis import disk
from chassis.graphql.schema import build_schema


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field
    def count(self) -> int:
        """A number."""
        return 1


@strawberry.type
class Mutation:
    """Writes and frees."""

    @strawberry.mutation
    def create_thing(self) -> int:
        """Write."""
        return 2

    @strawberry.mutation
    def delete_thing(self) -> int:
        """Free."""
        return 3


SCHEMA = build_schema(query=Query, mutation=Mutation, optimize=False)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "is_over_the_line", lambda: True)


def errors_of(document: str, name: str | None = None) -> list[str]:
    done = SCHEMA.execute_sync(document, operation_name=name)
    return [str((error.extensions or {}).get("code")) for error in done.errors or []]


@pytest.mark.parametrize(
    "document",
    [
        "mutation { createThing }",
        "mutation { deleteThing createThing }",
        "mutation { ...F } fragment F on Mutation { createThing }",
    ],
)
def test_what_writes_is_refused_by_its_code(full, document: str) -> None:
    assert errors_of(document) == ["DISK_FULL"]
    told = SCHEMA.execute_sync(document)
    assert told.data is None and "make" in told.errors[0].message


@pytest.mark.parametrize("document", ["{ count }", "mutation { deleteThing }"])
def test_what_reads_or_frees_goes_on(full, document: str) -> None:
    assert errors_of(document) == []


def test_of_several_operations_the_one_that_is_asked_for_counts(full) -> None:
    both = "query Read { count } mutation Write { createThing }"
    assert errors_of(both, "Read") == []
    assert errors_of(both, "Write") == ["DISK_FULL"]


def test_below_the_line_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "is_over_the_line", lambda: False)
    assert errors_of("mutation { createThing }") == []


@pytest.mark.parametrize(
    ("free", "available", "share"), [(100, 100, 0.0), (50, 50, 0.5), (50, 0, 1.0), (0, 0, 1.0)]
)
def test_what_is_kept_for_root_counts_as_used_up(
    monkeypatch: pytest.MonkeyPatch, free: int, available: int, share: float
) -> None:
    found = SimpleNamespace(f_blocks=100, f_bfree=free, f_bavail=available)
    monkeypatch.setattr(os, "statvfs", lambda _: found)
    assert disk.used_share(Path("/")) == share


def test_the_disk_is_not_looked_at_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(disk, "_look", lambda: bool(looks.append(1)) or True)
    monkeypatch.setattr(disk, "_last", (float("-inf"), False))
    assert disk.is_over_the_line() and disk.is_over_the_line()
    assert len(looks) == 1


def test_notes_of_a_week_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "NOTES_KEPT", 3)
    assert disk.read_notes(tmp_path) == []
    for _ in range(5):
        disk.note_use(tmp_path)
    notes = disk.read_notes(tmp_path)
    assert len(notes) == 3
    assert all(0 <= share <= 1 for _, share in notes)
    assert [path.name for path in tmp_path.iterdir()] == [disk.NOTES]


@pytest.mark.parametrize(
    ("notes", "left"),
    [
        ([], None),
        ([(0, 0.1)], None),
        # Too short a time, a disk that empties, one that stands still.
        ([(0, 0.1), (3600, 0.9)], None),
        ([(0, 0.5), (86_400, 0.4)], None),
        ([(0, 0.5), (86_400, 0.5)], None),
        ([(0, 0.5), (86_400, 0.6)], 3.5 * 86_400),
        ([(0, 0.5), (43_200, 0.55), (86_400, 0.99)], 0),
    ],
)
def test_the_line_is_foretold(notes: list[tuple[float, float]], left: float | None) -> None:
    found = disk.seconds_until(notes, 0.95)
    assert found == left if left is None else found == pytest.approx(left)
