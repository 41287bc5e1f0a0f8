"""Runs every suite with a pytest.ini of its own in a process of its own.

pytest-django reads one settings module per process, so the suites of the services cannot share
this one. A suite's summary is shown at the end of the run (tests/conftest.py), its output when it
fails; a suite that runs no test fails too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SUMMARY = re.compile(r"^=*\s*((?:\d+ [a-z]+,? ?)+ in [\d.]+s.*?)\s*=*$")
PATIENCE_SECONDS = 1800


def suites() -> list[str]:
    """Return the names of the folders that are suites; tests/conftest.py puts them in order."""
    return sorted(path.parent.name for path in TESTS.glob("*/pytest.ini"))


def summary_of(output: str) -> str:
    """Return the last summary line of a pytest run, or an empty text."""
    lines = [match[1] for line in output.splitlines() if (match := SUMMARY.match(line))]
    return lines[-1] if lines else ""


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_SECONDS + 30)
@pytest.mark.parametrize("name", suites())
def test_suite(name: str, record_property) -> None:
    keep = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", f"tests/{name}"],
        cwd=ROOT,
        env=keep,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    summary = summary_of(done.stdout)
    record_property("suite", name)
    record_property("summary", summary or f"no summary, exit code {done.returncode}")
    record_property("seconds", time.monotonic() - started)
    assert done.returncode == 0, f"suite {name}: exit code {done.returncode}\n{done.stdout}"
    assert re.search(r"\b[1-9]\d* passed", summary), f"suite {name} ran no test:\n{done.stdout}"


def test_every_folder_of_tests_is_run_one_way_or_the_other() -> None:
    """A folder is a suite, or pytest here collects tests in it, or it is named as neither."""
    neither = {"load"}
    for folder in sorted(path for path in TESTS.iterdir() if path.is_dir()):
        if folder.name in neither or folder.name.startswith(("_", ".")):
            continue
        tests = [*folder.rglob("test_*.py")]
        assert tests, f"tests/{folder.name} holds no test"


@pytest.mark.parametrize(
    ("output", "summary"),
    [
        ("...\n3 passed in 0.10s\n", "3 passed in 0.10s"),
        (
            "== 1 failed, 2 passed in 61.00s (0:01:01) ==\n",
            "1 failed, 2 passed in 61.00s (0:01:01)",
        ),
        ("== no tests ran in 0.01s ==", ""),
        ("killed", ""),
    ],
)
def test_summary_of_finds_the_last_line_of_pytest(output: str, summary: str) -> None:
    assert summary_of(output) == summary
