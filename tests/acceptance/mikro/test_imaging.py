"""The released client stores arrays and files on the platform's object store, and reads them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "imaging" / "store.py"


def test_the_example_stores_and_reads_back(lab):
    program = lab.start(["python", str(EXAMPLE)], "imaging", key=lab.key_of("imaging"))
    assert program.ended(timeout=120) == 0, program.output + program.errors.read_text()[-3000:]
    assert "plane 10 is equal: True" in program.output
    assert "kept the raw bytes" in program.output
