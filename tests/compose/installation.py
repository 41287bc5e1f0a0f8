"""An installation in containers as its operator sees it: the command line and the engine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from platform_handle import BAUHOF, Refused
from processes import eventually
from shop import QUICK

_PATIENCE_SECONDS = 600
#: Each look starts programs: often enough, and no work for a processor by itself.
LOOK_SECONDS = 0.5


class Begun:
    """A command that runs beside the test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.result: Any = None

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None


class Installation:
    """A home with containers; what the stories of the released clients call a platform."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.root = self.home = root
        self.environ = dict(environ)
        self.url = ""
        #: What the first start printed.
        self.first: dict[str, Any] = {}

    def call(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of `bauhof`, whatever comes of it."""
        return subprocess.run(
            [str(BAUHOF), *words, "--home", str(self.root), "--json"],
            input=stdin,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )

    def run(self, *words: str, stdin: str | None = None) -> Any:
        """Run a command; what it printed, parsed."""
        done = self.call(*words, stdin=stdin or "")
        if done.returncode:
            raise Refused(f"bauhof {' '.join(words)}: {done.stderr}{done.stdout}{self.logs()}")
        return json.loads(done.stdout)

    @contextmanager
    def begun(self, *words: str) -> Iterator[Begun]:
        """Run a command while the block lasts; what it printed is there afterwards."""
        process = subprocess.Popen(
            [str(BAUHOF), *words, "--home", str(self.root), "--json"],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun = Begun(process)
        try:
            yield begun
            output, errors = process.communicate(timeout=_PATIENCE_SECONDS)
            assert process.returncode == 0, f"bauhof {' '.join(words)}: {errors}{output}"
            begun.result = json.loads(output)
        finally:
            if begun.running():
                process.kill()
                process.communicate()

    @property
    def repositories(self) -> Path:
        """A folder of git checkouts, `user/repo`, that kabinet reads as it would a git host."""
        return self.root / "state" / "kabinet" / "git"

    def serve_repositories(self) -> None:
        """Have the app store read that folder, and a registry on loopback."""
        inside = "file:///var/lib/bauhof/state/kabinet/git/{user}/{repo}/{path}"
        self.configure("kabinet", sources={"git_url": inside, "allowed_hosts": ["127.0.0.1"]})

    def use_engine(self, host: str) -> None:
        """Have the deployer use this engine, quickly, and make its containers small."""
        variables = [f"{name}={value}" for name, value in QUICK.items()]
        socket = host.removeprefix("unix://")
        self.configure("compose", engine_socket=socket, engine_variables=variables)

    def configure(self, section: str, **values: Any) -> None:
        """Set keys of a section as a person does who edits the file."""
        settings = self.root / "config.yaml"
        whole = yaml.safe_load(settings.read_text()) or {}
        whole.setdefault(section, {}).update(values)
        settings.write_text(yaml.safe_dump(whole))

    def up(self) -> dict[str, Any]:
        """Start the containers; returns when all are healthy."""
        result: dict[str, Any] = self.run("compose", "up")
        self.url = result["url"]
        self.first = self.first or result
        return result

    def parts(self) -> dict[str, dict[str, Any]]:
        """Every container as `compose status` tells it."""
        return dict(json.loads(self.call("compose", "status").stdout)["services"])

    def docker(self, *words: str) -> str:
        """Run the command `docker`; what it printed."""
        done = subprocess.run(
            ["docker", *words], env=self.environ, capture_output=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def containers(self) -> dict[str, str]:
        """Id of every container by its name in the compose file."""
        label = "com.docker.compose.service"
        project = f"label=com.docker.compose.project={self.project}"
        shown = ("--format", f'{{{{.Label "{label}"}}}} {{{{.ID}}}}')
        lines = self.docker("ps", "--all", "--filter", project, *shown)
        return dict(line.split() for line in lines.splitlines())

    @property
    def project(self) -> str:
        """The name of the containers' project."""
        body = json.loads((self.root / "home.json").read_text())
        return f"bauhof-{body['id']}"

    def healthy(self) -> bool:
        """Whether every container is."""
        done = self.call("compose", "status")
        return done.returncode == 0 and bool(json.loads(done.stdout)["healthy"])

    def engine_id(self, organization: str) -> str:
        """What the containers of the deployer are known by."""
        return (self.root / "engine" / organization / "state" / "engine-id").read_text()

    def kill(self, name: str) -> None:
        """Kill a container as a power cut would, and wait until the engine has it up again."""
        before = self._shown(name, "{{.State.Pid}}")
        os.kill(int(before), signal.SIGKILL)
        eventually(
            lambda: self._shown(name, "{{.State.Pid}}") not in ("", "0", before),
            f"{name} to start",
            timeout=240,
            step=LOOK_SECONDS,
        )
        eventually(
            lambda: self._shown(name, "{{.State.Health.Status}}") == "healthy",
            f"{name} to be healthy",
            timeout=240,
            step=LOOK_SECONDS,
        )

    def _shown(self, name: str, what: str) -> str:
        """One fact about a container; nothing while the engine is too busy to tell."""
        try:
            return self.docker("inspect", "--format", what, self.containers()[name]).strip()
        except (AssertionError, KeyError, subprocess.TimeoutExpired):
            return ""

    def logs(self) -> str:
        """The last lines of every container."""
        return "".join(
            f"--- {name}\n" + self._log(ident) for name, ident in self.containers().items()
        )

    def _log(self, ident: str) -> str:
        done = subprocess.run(
            ["docker", "logs", "--tail", "40", ident],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.stdout.decode(errors="replace")

    def whole_log(self, ident: str) -> str:
        """All that a container has said."""
        done = subprocess.run(
            ["docker", "logs", ident],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=True,
        )
        return done.stdout.decode(errors="replace")

    def end(self) -> None:
        """Remove the containers, in whatever state they are; end it where it runs without them."""
        self.call("down")
        left = [*self.containers().values()]
        for place in (self.root / "engine").glob("*"):
            label = f"label=live.bauhof.engine={self.engine_id(place.name)}"
            left += self.docker("ps", "-aq", "--filter", label).split()
        if left:
            self.docker("rm", "--force", "--volumes", *left)
        networks = f"label=com.docker.compose.project={self.project}"
        for name in self.docker("network", "ls", "--quiet", "--filter", networks).split():
            self.docker("network", "rm", name)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
