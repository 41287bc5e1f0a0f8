"""`make bench [ONLY=name]`: run benchmarks, one JSON line per figure.

Exit code 1 if a figure misses its target or cannot be measured. Figures depend on the machine and
on what else runs on it; the targets are those of two idle cores.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path


def names() -> list[str]:
    """Return the benchmarks there are."""
    return sorted(
        path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
    )


def meant(word: str) -> list[str]:
    """Return the benchmarks of a name, or of a family: `rekuest` is all `rekuest_...`."""
    return [name for name in names() if name == word or name.startswith(f"{word}_")]


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all."""
    unknown = [word for word in wanted if not meant(word)]
    if unknown:
        sys.stderr.write(f"no such benchmark: {', '.join(sorted(unknown))}; there are {names()}\n")
        return 2
    missed = []
    for name in [name for word in wanted for name in meant(word)] or names():
        sys.stderr.write(f"bench {name} ...\n")
        try:
            met = import_module(f"bench_{name}").main()
        except Exception:  # noqa: BLE001 - one that cannot be measured must not hide the others
            traceback.print_exc()
            met = False
        if not met:
            missed.append(name)
    if missed:
        sys.stderr.write(f"missed or not measured: {', '.join(missed)}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
