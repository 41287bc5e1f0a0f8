"""What the synthetic check found: a file that the job which makes it writes and others read.

Processes that serve, that work and that ask need not be the same: between them stands this file.
The command line reads it, too (`deployment/standing.py`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from chassis.clock import now

#: File in the folder of the service that makes the check.
FILE = "synthetic.json"
#: What is tried, in this order.
STEPS = ("login", "assign", "write", "read")


@dataclass(frozen=True)
class Outcome:
    """One check: how long each step took, and the one that failed, if one did."""

    seconds: dict[str, float]
    step: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Record:
    """What is known since the service started."""

    #: When it started, and how often it looks.
    since: str
    every_seconds: float
    done: int = 0
    failed: int = 0
    #: When the last check ended, and the last one that went well.
    at: str | None = None
    ok_at: str | None = None
    last: Outcome = field(default_factory=lambda: Outcome({}))


def begin(folder: Path, every_seconds: float) -> None:
    """Begin a record anew; without checks there is none."""
    if every_seconds:
        _write(folder, Record(since=now().isoformat(), every_seconds=every_seconds))
    else:
        (folder / FILE).unlink(missing_ok=True)


def note(folder: Path, outcome: Outcome, every_seconds: float) -> Record:
    """Add a check to the record."""
    at = now().isoformat()
    found = read(folder) or Record(since=at, every_seconds=every_seconds)
    went_well = outcome.step is None
    record = replace(
        found,
        done=found.done + went_well,
        failed=found.failed + (not went_well),
        at=at,
        ok_at=at if went_well else found.ok_at,
        last=outcome,
    )
    _write(folder, record)
    return record


def read(folder: Path) -> Record | None:
    """Return the record; None where there is none, or half of one."""
    try:
        body = json.loads((folder / FILE).read_text(encoding="utf8"))
        return Record(**{**body, "last": Outcome(**body["last"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(folder: Path, record: Record) -> None:
    draft = folder / f".{FILE}"
    draft.write_text(json.dumps(asdict(record)), encoding="utf8")
    draft.chmod(0o600)
    draft.replace(folder / FILE)
