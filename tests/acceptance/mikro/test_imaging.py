"""The released client stores arrays and files on the platform's object store, and reads them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from imaging_kinds import BIG_BYTES, KINDS, PATIENCE
from processes import PROGRAMS

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "imaging" / "store.py"


@pytest.fixture(scope="module")
def story(lab):
    """The program that stores one of each kind, on the platform's own front."""
    key = lab.key_of("imaging-story")
    program = lab.start("imaging", "imaging-story", key=key, BIG=BIG_BYTES)
    program.ended(timeout=PATIENCE)
    return program


@pytest.mark.parametrize("check", KINDS)
def test_the_client_reads_back_what_it_stored(story, check):
    told = story.seen(what="check", name=check)
    assert told, story.errors.read_text()[-3000:]
    assert told[0]["ok"], (told, story.errors.read_text()[-3000:])


def test_the_pyramid_knows_its_levels(story):
    [told] = story.seen(what="check", name="pyramid")
    finest, half, quarter = told["told"]["shapes"]
    assert (finest[3:], half[3:], quarter[3:]) == ([100, 150], [50, 75], [25, 38])


def test_the_example_stores_and_reads_back(lab):
    program = lab.start(["python", str(EXAMPLE)], "imaging", key=lab.key_of("imaging"))
    assert program.ended(timeout=120) == 0, program.output + program.errors.read_text()[-3000:]
    assert "plane 10 is equal: True" in program.output
    assert "kept the raw bytes" in program.output


def test_the_program_checks_each_kind_and_no_other():
    tree = ast.parse((PROGRAMS / "imaging.py").read_text(encoding="utf8"))
    made = [node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]
    checks = {name for name in made if name not in {"equal", "main"}}
    assert checks == KINDS.keys()
