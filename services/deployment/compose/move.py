"""Carries an installation from one shape to the other: the same folder, files and keys.

Databases, objects and keys are the same files in both shapes, so nothing is copied, and clients
stay logged in.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from deployment.compose.installation import build, found, take_back
from deployment.config import Settings
from deployment.errors import ConfigProblem, DeploymentError, no_installation
from deployment.home import COMPOSE, Home, already_running, is_locked, lock, write_private

EMBEDDED = "embedded"


@dataclass(frozen=True)
class Moved:
    """What an installation is now."""

    shape: str
    before: str


def move(home: Home, settings: Settings, to: str) -> Moved:
    """Make an installation one of the other shape.

    Raises:
        AlreadyRunning: stop the platform first.
        DeploymentError: there is no installation, or it has this shape.
    """
    if to not in (COMPOSE, EMBEDDED):
        raise DeploymentError(f"--to must be {COMPOSE} or {EMBEDDED} (got {to!r})", field="to")
    if not (home.root / "home.json").exists():
        raise no_installation(home.root)
    if is_locked(home):
        raise already_running(home)
    before = COMPOSE if home.is_compose else EMBEDDED
    if before == to:
        raise DeploymentError(f"the installation in {home.root} is {to} already", field="to")
    if to == EMBEDDED and settings.compose.store != "front":
        raise ConfigProblem(
            "compose.store: the objects lie in a store that only containers use",
            field="compose.store",
        )
    with lock(home):
        take_back(home)
        if to == COMPOSE:
            write_private(home.shape_file, f"{COMPOSE}\n")
            found(home, settings)
            build(home, settings)
        else:
            home.shape_file.unlink()
            for path in (home.compose_file, home.root / ".env"):
                path.unlink(missing_ok=True)
    os.sync()
    return Moved(shape=to, before=before)
