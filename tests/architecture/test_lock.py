"""The lock is written on one Python and read on others: it holds what any supported one needs."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0")


def wanted(requirement: Requirement) -> bool:
    """Whether a supported Python on this kind of system needs it, without any extra."""
    if requirement.marker is None:
        return True
    here = {key: str(value) for key, value in default_environment().items()} | {"extra": ""}
    return any(
        requirement.marker.evaluate(
            here | {"python_full_version": full, "python_version": full.rpartition(".")[0]}
        )
        for full in PYTHONS
    )


def test_nothing_is_missing_on_another_python() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    locked = {line.partition("==")[0] for line in lines if "==" in line}
    missing = {
        f"{name}: {text}"
        for name in locked
        for text in distribution(name).requires or ()
        if wanted(Requirement(text)) and canonicalize_name(Requirement(text).name) not in locked
    }
    assert not missing
