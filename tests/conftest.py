"""Makes one run of everything: leaves suites to their own processes, spreads work, shows sums.

Not loaded by the suites that have a pytest.ini of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave a folder with a pytest.ini to tests/test_service_suites.py."""
    if collection_path.is_dir() and (collection_path / "pytest.ini").exists():
        return True
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the suites, which take longest, and keep the tests of a file on one worker."""
    items.sort(key=lambda item: item.path.name != "test_service_suites.py")
    for item in items:
        if item.path.name != "test_service_suites.py":
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(TESTS))))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the summary of each suite that ran in its own process, and their sum."""
    rows = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            properties = dict(getattr(report, "user_properties", ()))
            if "suite" in properties:
                rows.append((properties["suite"], properties["summary"], properties["seconds"]))
    if not rows:
        return
    total: Counter[str] = Counter()
    terminalreporter.section("suites in processes of their own")
    for name, summary, seconds in sorted(rows):
        for count, word in re.findall(r"(\d+) ([a-z]+)", summary.partition(" in ")[0]):
            total[word] += int(count)
        terminalreporter.write_line(f"{name:<12} {summary} ({seconds:.0f} s whole)")
    words = ", ".join(f"{count} {word}" for word, count in sorted(total.items()))
    terminalreporter.write_line(f"{'together':<12} {words}")
