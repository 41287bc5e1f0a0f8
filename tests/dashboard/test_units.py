"""The units of the dashboard, run by their own runner."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "gateway" / "dashboard"
NODE = SOURCES / "node_modules" / "vitest" / "vitest.mjs"


def test_all_units_pass(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = subprocess.run(
        ["node", str(NODE), "run", "--reporter=json", f"--outputFile={report}"],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text(encoding="utf8"))
    assert told["numTotalTests"] > 150
    assert told["numPassedTests"] == told["numTotalTests"]
