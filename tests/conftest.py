"""Makes one run of everything: leaves suites to their own processes, spreads work, shows sums.

Not loaded by the suites that have a pytest.ini of their own.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take how many suites with a process of their own run at the same time.

    Half of the time of those that are told as stories is waiting, so two more than there are cores
    keep these busy.
    """
    parser.addoption("--suites-at-once", type=int, default=(os.cpu_count() or 1) + 2)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave a folder with a pytest.ini to tests/test_service_suites.py."""
    if collection_path.is_dir() and (collection_path / "pytest.ini").exists():
        return True
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the suites, run the tests of this process meanwhile, then ask how the suites went."""

    def turn(item: pytest.Item) -> int:
        if item.name == "test_suites_are_on_their_way":
            return 0
        return 2 if "running" in getattr(item, "fixturenames", ()) else 1

    items.sort(key=turn)


def properties(reporter: pytest.TerminalReporter) -> Iterator[dict[str, Any]]:
    """Yield what each test that ran noted with `record_property`."""
    for outcome in ("passed", "failed"):
        for report in reporter.stats.get(outcome, []):
            yield dict(getattr(report, "user_properties", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures tests noted, the summary of each suite with a process, and the sum."""
    noted = [*properties(terminalreporter)]
    figures = sorted(note["figure"] for note in noted if "figure" in note)
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.write_line(figure)
    suites = sorted(
        (note["suite"], note["summary"], note["seconds"]) for note in noted if "suite" in note
    )
    if not suites:
        return
    total: Counter[str] = Counter()
    terminalreporter.section("suites in processes of their own")
    for name, summary, seconds in suites:
        for count, word in re.findall(r"(\d+) ([a-z]+)", summary.partition(" in ")[0]):
            total[word] += int(count)
        terminalreporter.write_line(f"{name:<12} {summary} ({seconds:.0f} s whole)")
    words = ", ".join(f"{count} {word}" for word, count in sorted(total.items()))
    terminalreporter.write_line(f"{'together':<12} {words}")
    for name in sorted(test for note in noted for test in note.get("again", ())):
        terminalreporter.write_line(f"passed only when run again, to be mended: {name}")
