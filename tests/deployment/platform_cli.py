"""The real command line on a real home, as a person or a script uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from deployment.home import Home

BAUHOF = Path(sys.executable).with_name("bauhof")


class Cli:
    """Runs `bauhof` on one home."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        # A folder in which people work: its modules have names that ours have, too.
        self.folder = folder / "work"
        self.folder.mkdir(exist_ok=True)
        for name in ("chassis", "deployment", "django", "yaml", "fakts_server"):
            (self.folder / f"{name}.py").write_text("raise SystemExit('a module of the user')")
        self.env = {
            key: value
            for key, value in os.environ.items()
            if "__" not in key and not key.startswith("BAUHOF")
        }
        self.env["FAKTS__SYNTHETIC__EVERY_SECONDS"] = "0"

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return self.bare(*words, "--home", str(self.home.root), stdin=stdin)

    def bare(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command that is not told about the home."""
        return subprocess.run(
            [str(BAUHOF), *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.env,
            cwd=self.folder,
            timeout=200,
        )

    def json(self, *words: str, stdin: str = "", code: int = 0) -> Any:
        """Run a command with `--json`; stdout must be exactly one JSON object or list."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.returncode == code, done.stderr
        assert done.stdout.count("\n") == 1, done.stdout
        return json.loads(done.stdout)

    def foreground(self, *words: str) -> subprocess.Popen[str]:
        """Start `up` as in a terminal of its own."""
        return self.started("up", *words, "--home", str(self.home.root))

    def started(self, *words: str) -> subprocess.Popen[str]:
        """Start a command that is not told about the home."""
        return subprocess.Popen(
            [str(BAUHOF), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env,
            cwd=self.folder,
            start_new_session=True,
        )

    def supervisor(self) -> int:
        """The process id of the supervisor."""
        return int(json.loads(self.home.run_file.read_text())["pid"])

    def kill_supervisor(self) -> None:
        """End the supervisor as a crash would."""
        os.kill(self.supervisor(), signal.SIGKILL)
