"""`bauhof uninstall`: removes what an installation left on a machine."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import DeploymentError, no_installation
from deployment.home import Home, already_running, is_locked, readable_errors

#: What can be made anew; the rest is data.
_MADE = ("logs", "rendered", "run.json", "children.json", "lock")


@dataclass(frozen=True)
class Removed:
    """What went and what stayed."""

    removed: tuple[str, ...]
    kept: str | None


def check_removable(home: Home) -> None:
    """Raise unless there is an installation, and it rests.

    Raises:
        AlreadyRunning: stop the platform first.
        DeploymentError: there is none.
    """
    if is_locked(home):
        raise already_running(home)
    if not (home.root / "home.json").exists():
        raise no_installation(home.root)


def remove(home: Home, *, keep_data: bool, sure: bool) -> Removed:
    """Remove an installation, or only what is not its data.

    Raises:
        AlreadyRunning: stop the platform first.
        DeploymentError: there is none, or `sure` was not said.
    """
    check_removable(home)
    if not sure and not keep_data:
        raise DeploymentError(
            f"this deletes {home.root} with every database and object in it",
            hint="Say --yes to do it, or keep the data with --keep-data.",
            field="yes",
        )
    gone = [home.root / name for name in _MADE] if keep_data else [home.root]
    gone = [path for path in [*gone, home.run_dir] if path.exists()]
    with readable_errors(home):
        for path in gone:
            _delete(path)
    return Removed(tuple(str(path) for path in gone), str(home.root) if keep_data else None)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
