"""The specification names a test for each rule, fault and story; the tests must be there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "agent-protocol.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
RULES = 20
FAULTS = 14
STORIES = 18


def rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """The rows of the last section's tables: what is promised, and the tests it names."""
    section = PAGE.read_text(encoding="utf8").partition(". How this is held\n")[2]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [
        (line.split("|")[1].strip(), NAMED.findall(line))
        for line in lines
        if line.split("|")[1].strip() not in {"rule", "fault", "story"}
    ]


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


@pytest.mark.parametrize(("promise", "named"), rows(), ids=lambda value: str(value)[:40])
def test_each_promise_is_held_by_tests_that_exist(
    promise: str, named: list[tuple[str, str]]
) -> None:
    assert named, promise
    for path, name in named:
        assert name in names_in(ROOT / path), f"{promise}: {path} has no {name}"


def test_no_rule_no_fault_and_no_story_is_forgotten() -> None:
    numbered = [int(row[0].split(".")[0]) for row in rows() if re.match(r"\d+\.", row[0])]
    assert numbered == list(range(1, RULES + 1))
    assert len(rows()) - len(numbered) == FAULTS + STORIES


def test_a_test_named_after_a_rule_is_named_by_the_page() -> None:
    known = {
        int(name.split("_")[2]) for _, named in rows() for _, name in named if "_rule_" in name
    }
    for path in sorted((ROOT / "tests" / "rekuest").rglob("test_*.py")):
        for name in names_in(path):
            if name.startswith("test_rule_"):
                assert int(name.split("_")[2]) in known, f"{path}: {name}"
