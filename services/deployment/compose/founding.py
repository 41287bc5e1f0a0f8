"""`bauhof init`: writes the settings of a new installation in containers, once."""

from __future__ import annotations

import psutil
import yaml

from deployment.catalog import service_names
from deployment.compose.installation import build, found
from deployment.config import Settings, load_settings
from deployment.errors import DeploymentError
from deployment.home import COMPOSE, Home, make_root, readable_errors, write_private

_GB = 1024**3
_HEAD = """\
# Settings of this Bauhof installation. Every key has a default; see docs/reference/config.md.
# After a change: bauhof compose up
"""


def init(home: Home, choices: dict[str, dict[str, object]]) -> Settings:
    """Make an installation in a folder that holds none; return its settings.

    Raises:
        DeploymentError: there is one already.
        ConfigProblem: a choice cannot be used; nothing was written.
    """
    if (home.root / "home.json").exists():
        change = "Change config.yaml there and run `bauhof build`"
        move = "It runs without containers: `bauhof down`, then `bauhof move --to compose`"
        raise DeploymentError(
            f"there is an installation in {home.root} already",
            hint=f"{change if home.is_compose else move}, or choose another --home.",
        )
    chosen = {
        section: {k: v for k, v in keys.items() if v is not None}
        for section, keys in choices.items()
    }
    chosen.setdefault("compose", {}).setdefault("memory_gb", machine_memory_gb())
    chosen = {section: keys for section, keys in chosen.items() if keys}
    with readable_errors(home):
        make_root(home)
        fresh = not home.config_file.exists()
        if fresh:
            write_private(home.config_file, _HEAD + yaml.safe_dump(chosen, sort_keys=True))
    try:
        settings = load_settings(home.config_file, {}, service_names())
    except DeploymentError:
        if fresh:
            home.config_file.unlink()
        raise
    write_private(home.shape_file, f"{COMPOSE}\n")
    found(home, settings)
    build(home, settings)
    return settings


def machine_memory_gb() -> int:
    """Return the memory of this machine in whole gigabytes, at least what is needed."""
    return max(2, round(psutil.virtual_memory().total / _GB))
