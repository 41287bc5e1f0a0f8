"""Makes one run of everything: leaves suites to their own processes, spreads work, shows sums.

Not loaded by the suites that have a pytest.ini of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parent
#: The slowest suites, so that two workers finish at about the same time.
SLOW_FIRST = ("acceptance", "engine", "deployment", "rekuest", "fakts", "mikro", "chassis")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave a folder with a pytest.ini to tests/test_service_suites.py."""
    if collection_path.is_dir() and (collection_path / "pytest.ini").exists():
        return True
    return None


def _turn(item: pytest.Item) -> int:
    """Where an item stands: slow suites first, whatever the random order, or workers end apart."""
    if item.path.name != "test_service_suites.py":
        return len(SLOW_FIRST) + 1
    name = getattr(item, "callspec", None) and item.callspec.params.get("name")
    return SLOW_FIRST.index(name) if name in SLOW_FIRST else len(SLOW_FIRST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the suites, the slowest first, and keep the tests of a file on one worker."""
    items.sort(key=_turn)
    for item in items:
        if item.path.name != "test_service_suites.py":
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(TESTS))))


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
