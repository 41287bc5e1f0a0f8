"""Runs every suite with a pytest.ini of its own in a process of its own, several at a time.

pytest-django reads one settings module per process, so the suites of the services cannot share
this one. They are started together, the slowest first, `--suites-at-once` at a time; each test
here waits for one of them. A suite's summary is shown at the end of the run (tests/conftest.py),
its output when it fails; a suite that runs no test fails too. Those that need a Docker engine share
one, which is kept by a process of its own (tests/engine/keeper.py).

What failed in a suite is run once more by itself at the end of that suite: the suites share two
cores with real servers and browsers, and one slow moment is no fault of the product. A test that
needed it is named in the last lines of the run, so that it gets mended; one that fails twice
fails the run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from keeper import Keeper

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
#: Where the whole output of each suite's first run stays.
OUTPUTS = ROOT / "artifacts" / "suites"
SUMMARY = re.compile(r"^=*\s*((?:\d+ [a-z]+,? ?)+ in [\d.]+s.*?)\s*=*$")
FAILED = re.compile(r"^((?:FAILED|ERROR) \S.*)$", re.MULTILINE)
PATIENCE_SECONDS = 3600
WHOLE_RUN_SECONDS = 5400
#: More failures than this are no slow moment.
AGAIN_AT_MOST = 8
#: The slowest first.
ORDER = (
    *("compose", "acceptance", "engine", "dashboard", "deployment"),
    *("rekuest", "fakts", "mikro", "chassis"),
)
#: These share one engine.
WITH_ENGINE = {"compose", "engine"}


@dataclass
class Outcome:
    """How a suite went."""

    code: int
    output: str
    seconds: float
    #: What failed at first and passed when run again: pytest's lines of it.
    again: list[str] = field(default_factory=list)

    @property
    def has_passed(self) -> bool:
        """Whether any test ran and passed."""
        return re.search(r"\b[1-9]\d* passed", self.summary) is not None

    @property
    def summary(self) -> str:
        """The last summary line of the first run."""
        return summary_of(self.output)


def suites() -> list[str]:
    """Return the names of the folders that are suites."""
    return sorted(path.parent.name for path in TESTS.glob("*/pytest.ini"))


def summary_of(output: str) -> str:
    """Return the last summary line of a pytest run, or an empty text."""
    lines = [match[1] for line in output.splitlines() if (match := SUMMARY.match(line))]
    return lines[-1] if lines else ""


def in_order(names: list[str]) -> list[str]:
    """Return the suites in the order in which they are started."""
    return sorted(names, key=lambda name: ((*ORDER, name).index(name), name))


def pytest_run(name: str, *words: str, besides: Mapping[str, str] = {}) -> tuple[int, str]:
    """Run the suite; return its exit code and what it printed."""
    keep = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", *words, f"tests/{name}"],
        cwd=ROOT,
        env=keep | {**besides},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def run_suite(name: str, run: Callable[..., tuple[int, str]] = pytest_run) -> Outcome:
    """Run a suite, and what failed in it once more."""
    started = time.monotonic()
    code, output = run(name)
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    (OUTPUTS / f"{name}.log").write_text(output, encoding="utf8")
    failed = FAILED.findall(output)
    outcome = Outcome(code, output, 0)
    if code == 1 and 0 < len(failed) <= AGAIN_AT_MOST:
        outcome.code, second = run(name, "--last-failed", "--last-failed-no-failures=none")
        if outcome.code == 0:
            outcome.again = failed
        else:
            outcome.output += f"\n--- what failed, run again ---\n{second}"
    if not outcome.has_passed and code == 0:
        # All were skipped, for a container engine that did not start for instance.
        outcome.code, outcome.output = run(name)
    outcome.seconds = time.monotonic() - started
    return outcome


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Outcome]]]:
    """The suites that were asked for, on their way."""
    items = [item for item in request.session.items if item.name.startswith("test_suite[")]
    names = [item.callspec.params["name"] for item in items]
    at_once = request.config.getoption("--suites-at-once")
    keeper = Keeper() if WITH_ENGINE & {*names} else None

    def work(name: str) -> Outcome:
        shared = keeper.variables() if keeper and name in WITH_ENGINE else {}
        return run_suite(name, partial(pytest_run, besides=shared))

    try:
        with ThreadPoolExecutor(at_once) as pool:
            yield {name: pool.submit(work, name) for name in in_order(names)}
    finally:
        if keeper:
            keeper.end()


def test_suites_are_on_their_way(running: dict[str, Future[Outcome]]) -> None:
    assert set(running) <= set(suites())


@pytest.mark.slow
@pytest.mark.timeout(WHOLE_RUN_SECONDS)
@pytest.mark.parametrize("name", suites())
def test_suite(name: str, running: dict[str, Future[Outcome]], record_property) -> None:
    outcome = running[name].result()
    record_property("suite", name)
    record_property("summary", outcome.summary or f"no summary, exit code {outcome.code}")
    record_property("seconds", outcome.seconds)
    record_property("again", outcome.again)
    assert outcome.code == 0, f"suite {name}: exit code {outcome.code}\n{outcome.output}"
    assert outcome.has_passed, f"suite {name} ran no test:\n{outcome.output}"


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


def test_slow_suites_start_first_and_none_is_forgotten() -> None:
    names = suites()
    assert sorted(in_order(names)) == names
    assert in_order(["zebra", "ape", "rekuest", "deployment"]) == [
        *("deployment", "rekuest", "ape", "zebra")
    ]
    assert {*ORDER} <= {*names}
    assert {*names} >= WITH_ENGINE


class Runs:
    """Stands for pytest: answers in turn, and notes with which words it was called."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.words: list[tuple[str, ...]] = []

    def __call__(self, name: str, *words: str) -> tuple[int, str]:
        self.words.append(words)
        return self.answers.pop(0)


ONE_FAILED = "FAILED tests/x/test_a.py::test_b[c] - assert 1 == 0\n= 1 failed, 2 passed in 3.0s =\n"


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(run_suite.__globals__, "OUTPUTS", tmp_path)
    return tmp_path


def test_what_failed_once_is_run_again_and_named(outputs: Path) -> None:
    runs = Runs((1, ONE_FAILED), (0, "= 1 passed in 1.0s =\n"))
    outcome = run_suite("x", runs)
    assert outcome.code == 0
    assert outcome.again == ["FAILED tests/x/test_a.py::test_b[c] - assert 1 == 0"]
    assert (outputs / "x.log").read_text() == ONE_FAILED
    assert outcome.summary == "1 failed, 2 passed in 3.0s"
    assert "--last-failed" in runs.words[1]


def test_what_fails_twice_fails(outputs: Path) -> None:
    runs = Runs((1, ONE_FAILED), (1, "it is broken\n= 1 failed in 1.0s =\n"))
    outcome = run_suite("x", runs)
    assert outcome.code == 1
    assert outcome.again == []
    assert "it is broken" in outcome.output


def test_a_suite_that_skips_everything_is_run_again(outputs: Path) -> None:
    runs = Runs((0, "= 4 skipped in 1.0s =\n"), (0, "= 4 passed in 2.0s =\n"))
    assert run_suite("x", runs).has_passed
    runs = Runs((0, "= 4 skipped in 1.0s =\n"), (0, "= 4 skipped in 2.0s =\n"))
    assert not run_suite("x", runs).has_passed


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (0, "= 3 passed in 1.0s =\n"),
        (2, ONE_FAILED),
        (1, "no line that names a test\n"),
        (1, ONE_FAILED * (AGAIN_AT_MOST + 1)),
    ],
)
def test_nothing_else_is_run_again(code: int, output: str, outputs: Path) -> None:
    runs = Runs((code, output))
    assert run_suite("x", runs).code == code
