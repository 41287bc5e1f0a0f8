"""Write the lock files from the packages installed in this environment.

`requirements.lock` holds what runs and builds Bauhof, `requirements-dev.lock` what tests and lint
need besides. Both are plain `name==version` lines: pip reads them, no other tool is needed, and
no index address gets into the repository.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / "requirements.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"


def _wanted(requirements: Iterable[str], extras: Iterable[str] = ()) -> Iterator[Requirement]:
    environments = [{"extra": extra} for extra in (*extras, "")]
    for text in requirements:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate(environment) for environment in environments):
            yield requirement


def closure(requirements: Iterable[str]) -> dict[str, str]:
    """Return name and version of every installed package the requirements lead to."""
    found: dict[str, str] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    queue = list(_wanted(requirements))
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in visited:
            continue
        visited.add(key)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{requirement} is required but not installed here") from None
        if not requirement.specifier.contains(installed.version, prereleases=True):
            raise SystemExit(f"{name} {installed.version} is installed, {requirement} is required")
        found[name] = installed.version
        queue.extend(_wanted(installed.requires or (), requirement.extras))
    return found


def render() -> dict[Path, str]:
    """Return the text of both lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    runtime = closure([*project["project"]["dependencies"], *project["build-system"]["requires"]])
    everything = runtime | closure(project["dependency-groups"]["dev"])
    return {
        RUNTIME: _lines("What runs and builds Bauhof; plain pip reads it.", runtime),
        DEVELOPMENT: _lines(
            "What tests and lint need besides requirements.lock; plain pip reads it.",
            {name: version for name, version in everything.items() if name not in runtime},
        ),
    }


def _lines(title: str, packages: dict[str, str]) -> str:
    pins = "".join(f"{name}=={packages[name]}\n" for name in sorted(packages))
    origin = "Written by scripts/lock.py (make lock) from an environment that passed."
    return f"# {title}\n# {origin}\n{pins}"


def main() -> int:
    """Write the lock files, or with --check tell whether they are current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    check = parser.parse_args().check
    stale = 0
    for path, text in render().items():
        if path.exists() and path.read_text(encoding="utf8") == text:
            continue
        stale += 1
        if not check:
            path.write_text(text, encoding="utf8")
        sys.stdout.write(f"{path.name} {'is not current: run make lock' if check else 'written'}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
