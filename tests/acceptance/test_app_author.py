"""An app author tests against a whole platform, with the fixture names arkitekt gives."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from processes import Program, private_environment

from bauhof import template

AUTHOR = Path(__file__).parent / "author"
WITH_CLIENTS = """
import sys
import pytest
sys.path.append(sys.argv[1])
raise SystemExit(pytest.main(["-q", "-p", "no:django", "-p", "no:cacheprovider", "checks.py"]))
"""


def test_an_author_runs_the_hub_tests_without_docker(python: Path, tmp_path: Path) -> None:
    home = tmp_path / "author"
    shutil.copytree(AUTHOR, home, ignore=shutil.ignore_patterns("__pycache__"))
    (home / "pytest.ini").write_text("[pytest]\n")
    # The author has run tests before: the migrated database of the cache is there.
    (home / "cache").mkdir()
    (home / "cache" / "bauhof").symlink_to(template.cache_folder())
    packages = next(python.parent.parent.glob("lib/python3.*/site-packages"))

    author = Program(
        [sys.executable, "-c", WITH_CLIENTS, str(packages)],
        home=home,
        environment=private_environment(home),
    )

    try:
        assert author.ended(timeout=240) == 0, author.output
    finally:
        author.close()
    assert "3 passed" in author.output
