"""Makes a backup every so many hours, in a container of its own; what fails is tried again soon.

Says by a file that is touched whether all is well: not while the last attempt failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from chassis.clock import now
from deployment.backup.create import create
from deployment.backup.prune import prune
from deployment.backup.seal import own_seal
from deployment.backup.vault import Summary, Vault
from deployment.catalog import SERVICES, service_names
from deployment.config import load_settings
from deployment.errors import DeploymentError
from deployment.home import Home

_TURN_SECONDS = 20.0
_AGAIN_SECONDS = 300.0
_STORED = tuple(service.name for service in SERVICES if service.is_django)


@dataclass(frozen=True)
class Rhythm:
    """How often, and how many are kept."""

    hours: float
    keep: int


def is_due(summaries: Sequence[Summary], rhythm: Rhythm, moment: datetime) -> bool:
    """Tell whether the newest backup is older than it may be."""
    if not summaries:
        return True
    newest = max(datetime.fromisoformat(one.created_at) for one in summaries)
    return moment - newest >= timedelta(hours=rhythm.hours)


class Regular:
    """The work of the container."""

    def __init__(self, home: Home, vault: Vault, rhythm: Rhythm, alive: Path) -> None:
        self._home = home
        self._vault = vault
        self._rhythm = rhythm
        self._alive = alive
        self._well = True

    def run(self) -> None:
        """Work until the process is told to end."""
        # A large backup may take longer than the engine waits for a sign of life.
        threading.Thread(target=self._show, daemon=True, name="signs of life").start()
        while True:
            time.sleep(_TURN_SECONDS if self.turn() else _AGAIN_SECONDS)

    def turn(self) -> bool:
        """Make a backup if one is due; tell whether all is well."""
        try:
            if is_due(self._vault.summaries(), self._rhythm, now()):
                self._make()
            self._well = True
        except (DeploymentError, OSError) as error:
            self._well = False
            _say("backup.failed", error=str(error))
        return self._well

    def _make(self) -> None:
        settings = load_settings(self._home.config_file, {}, service_names())
        work = create(self._home, settings, _STORED, self._vault, lambda *_: None)
        made = asyncio.run(work)
        gone = prune(self._vault, own_seal(self._home), keep=self._rhythm.keep).removed
        _say("backup.made", name=made.name, objects=made.objects, removed=len(gone))

    def show(self) -> None:
        """Give a sign of life, if all is well."""
        if self._well:
            self._alive.touch()

    def _show(self) -> None:
        while True:
            self.show()
            time.sleep(_TURN_SECONDS)


def _say(event: str, **facts: object) -> None:
    sys.stdout.write(json.dumps({"time": now().isoformat(), "event": event, **facts}) + "\n")
    sys.stdout.flush()


def main(words: Sequence[str] | None = None) -> None:
    """Read the words of the command and work."""
    parser = argparse.ArgumentParser(prog="deployment.backup.regular")
    for name in ("home", "to", "alive"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--keep", type=int, required=True)
    given = parser.parse_args(words)
    rhythm = Rhythm(given.hours, given.keep)
    Regular(Home(given.home), Vault(given.to), rhythm, given.alive).run()


if __name__ == "__main__":
    main()
