"""Calls Docker's compose plugin for one installation, and reads what it answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from deployment.errors import DeploymentError, ToolMissing
from deployment.home import Home

_QUICK_SECONDS = 60
_NO_ENGINE = "Install Docker, e.g. `apt-get install docker.io`, or run without it: bauhof up"
_NO_PLUGIN = (
    "Install the plugin (package docker-compose-v2, docker-compose-plugin or docker-compose of a"
    " newer release), or run without containers: bauhof up"
)

_NO_ROOT = (
    "Use the engine of the machine (docker context use default, DOCKER_HOST unset), or run without"
    " containers, which needs no root: bauhof up"
)
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Compose:
    """The compose plugin on the files of one home."""

    home: Home
    program: str
    environ: Mapping[str, str]

    def words(self, *words: str) -> list[str]:
        """Return a whole command line; it holds no secret."""
        place = ["--project-directory", str(self.home.root), "--file", str(self.home.compose_file)]
        return [self.program, "compose", "--ansi", "never", *place, *words]

    def run(self, *words: str, stdin: bytes = b"", timeout: float | None = None) -> bytes:
        """Run a command to its end; raise with what it said last."""
        done = self.call(*words, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise DeploymentError(_last(done.stderr) or f"compose {words[0]} failed")
        return done.stdout

    def call(
        self, *words: str, stdin: bytes = b"", timeout: float | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end; return what came of it, good or bad."""
        return self._call(self.words(*words), stdin, timeout)

    def show(self, *words: str) -> int:
        """Run a command that writes to the terminal by itself."""
        return subprocess.run(self.words(*words), env=dict(self.environ), check=False).returncode

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return every container of the installation by its name, with state and health."""
        text = self.run("ps", "--all", "--format", "json", timeout=_QUICK_SECONDS).decode()
        return {row["Service"]: row for row in parse_rows(text)}

    def has_image(self, name: str) -> bool:
        """Tell whether the engine has an image."""
        words = [self.program, "image", "inspect", "--format", "{{.Id}}", name]
        return self._call(words, b"", _QUICK_SECONDS).returncode == 0

    def pull(self, name: str) -> bool:
        """Fetch an image from its registry; tell whether it is there now."""
        return self._call([self.program, "pull", "--quiet", name], b"", None).returncode == 0

    def version_in(self, image: str) -> str:
        """Return the version of the program an image holds; an empty text if it holds none."""
        words = [self.program, "run", "--rm", "--network=none", image, "bauhof", "--version"]
        done = self._call(words, b"", _QUICK_SECONDS)
        return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""

    def image(self, name: str) -> dict[str, Any] | None:
        """Return what the engine knows of an image; None if it has none of that name."""
        done = self._call([self.program, "image", "inspect", name], b"", _QUICK_SECONDS)
        return None if done.returncode else dict(json.loads(done.stdout)[0])

    def engine(self, *words: str) -> bytes:
        """Run a command of the engine to its end; raise with what it said last."""
        done = self._call([self.program, *words], b"", None)
        if done.returncode:
            raise DeploymentError(_last(done.stderr) or f"docker {words[0]} failed")
        return done.stdout

    def load(self, images: IO[bytes]) -> None:
        """Give the engine images that another one wrote."""
        with subprocess.Popen(
            [self.program, "load", "--quiet"],
            env=dict(self.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdin is not None and process.stderr is not None
            # One that ends early says why; it is read below.
            with suppress(BrokenPipeError):
                shutil.copyfileobj(images, process.stdin, _CHUNK)
                process.stdin.close()
            said = process.stderr.read()
        if process.returncode:
            raise DeploymentError(_last(said) or "docker load failed")

    def refuse_rootless(self) -> None:
        """Raise if the engine is one without root: it cannot share files with their owner.

        Raises:
            ToolMissing: it is.
        """
        options = self.engine("info", "--format", "{{json .SecurityOptions}}").decode()
        if "name=rootless" in options:
            raise ToolMissing(
                "the Docker engine runs without root: its containers are other users than you and"
                " cannot read the files of the installation, nor open ports below 1024",
                hint=_NO_ROOT,
            )

    def inspect(self, *ids: str) -> list[dict[str, Any]]:
        """Return what the engine knows of containers."""
        if not ids:
            return []
        done = self._call([self.program, "inspect", *ids], b"", _QUICK_SECONDS)
        return list(json.loads(done.stdout or b"[]"))

    def _call(
        self, words: Sequence[str], stdin: bytes, timeout: float | None
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                words,
                input=stdin,
                capture_output=True,
                env=dict(self.environ),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DeploymentError("the Docker engine did not answer in time") from None


def compose_of(home: Home, environ: Mapping[str, str] | None = None) -> Compose:
    """Return the plugin for a home.

    Raises:
        ToolMissing: there is no Docker, no compose plugin, or no engine answers.
    """
    env = dict(os.environ if environ is None else environ)
    program = shutil.which("docker", path=env.get("PATH"))
    if program is None:
        raise ToolMissing("Docker is not installed", hint=_NO_ENGINE)
    if _code([program, "compose", "version"], env) != 0:
        raise ToolMissing("Docker is here, its compose plugin is not", hint=_NO_PLUGIN)
    if _code([program, "version"], env) != 0:
        raise ToolMissing(
            "no Docker engine answers",
            hint="Start it (systemctl start docker) and be a member of the group docker, or say"
            " where it is by DOCKER_HOST.",
        )
    return Compose(home=home, program=program, environ=env)


def image_of(version: str) -> str:
    """Return the name of the platform's image where the settings name none."""
    return f"bauhof:{version}"


def parse_rows(text: str) -> list[dict[str, Any]]:
    """Read what `ps` prints: one object a line, or in older versions one list."""
    text = text.strip()
    if text.startswith("["):
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _code(words: Sequence[str], env: Mapping[str, str]) -> int:
    try:
        done = subprocess.run(
            words, env=dict(env), capture_output=True, timeout=_QUICK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return -1
    return done.returncode


def _last(text: bytes) -> str:
    lines = [line for line in text.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
