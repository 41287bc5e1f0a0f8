"""A running deployment as the stories see it: its address, its command line, its services."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from click.testing import Result
from typer.testing import CliRunner

from bauhof.testing import Deployment, deployment
from deployment.cli import command_line, wanted

ROOT = Path(__file__).resolve().parents[2]
BAUHOF = Path(sys.executable).parent / "bauhof"


class Refused(AssertionError):
    """A command ended with an error; the message is what it wrote."""


class Platform:
    """A deployment in a temporary home."""

    def __init__(self, deployed: Deployment) -> None:
        self.deployed = deployed
        self.url = deployed.url
        self.home = deployed.home

    @property
    def setup_link(self) -> str:
        """The first admin's one-time link."""
        link = self.deployed.setup_url
        assert link is not None
        return link

    def _command(self, *words: str, stdin: str | None) -> Result:
        """Carry out a command in this process: to start one takes longer than most commands do."""
        line = [*words, "--home", str(self.deployed.home), "--json"]
        command = partial(CliRunner().invoke, command_line(wanted(line)), line, input=stdin or "")
        # In a thread of its own, for a browser that was started earlier keeps a loop in this one.
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(command).result()
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def run(self, *words: str, stdin: str | None = None) -> Any:
        """Run a command; what it printed, parsed."""
        done = self._command(*words, stdin=stdin)
        if done.exit_code:
            raise Refused(f"bauhof {' '.join(words)}: {done.stderr}{done.stdout}")
        return json.loads(done.stdout)

    def refused(self, *words: str) -> str:
        """Run a command that must be refused; the one line it gave as the reason."""
        done = self._command(*words, stdin=None)
        assert done.exit_code, done.stdout
        return done.stderr

    def pid(self, service: str) -> int | None:
        """The process id of a service, while it is healthy."""
        row = self.deployed.status()["services"][service]
        return int(row["pid"]) if row["healthy"] else None

    def healthy(self) -> bool:
        """Whether every part is."""
        return bool(self.deployed.status()["healthy"])

    def kill(self, service: str) -> None:
        """Kill a service with -9; the supervisor starts it again."""
        self.deployed.kill(service)

    @contextmanager
    def without(self, service: str) -> Iterator[None]:
        """Kill a service with -9 and keep it away for a while."""
        self.deployed.kill(service)
        self.deployed.stop(service)
        try:
            yield
        finally:
            # A story that fails in between must not take the following ones with it.
            self.deployed.start(service)

    def post_form(self, path: str, **fields: str) -> httpx.Response:
        """Post a form as a program of nobody in particular."""
        return httpx.post(f"{self.url}{path}", data=fields, timeout=120)


@contextmanager
def deployed(
    variables: Mapping[str, str] | None = None, *, services: Sequence[str] = ()
) -> Iterator[Platform]:
    """A deployment of its own, with settings by environment."""
    with deployment(env=dict(variables or {}), services=services) as running:
        yield Platform(running)


def clients_python() -> Path:
    """The interpreter of the released clients' environment, which is made if there is none."""
    finder = ROOT / "tests" / "contract" / "clients_venv.py"
    done = subprocess.run([sys.executable, str(finder)], check=True, capture_output=True, text=True)
    packages = Path(done.stdout.strip())
    return packages.parents[2] / "bin" / "python"
