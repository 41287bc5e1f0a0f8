"""The first steps of the README by stopwatch: from nothing to the first result of a new user.

A new clone, a new home folder, and the commands as the README has them, in its order; only the
address and the key are filled in, which the commands before them print. `cold` has to fetch every
package, `warm` finds what `cold` left in the caches. What is measured is the last commit. In
containers the same is told on the engine that answers, or on one that is started for it; where the
image's base cannot be pulled, the image is built as tests/compose builds it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from figures import figure

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests" / part) for part in ("architecture", "engine", "compose")]

from compose_plugin import docker_config  # noqa: E402 - found by the path above
from daemon import Engine, NoEngine, engine  # noqa: E402 - as above
from handbook import section, typed  # noqa: E402 - as above
from platform_image import platform_image  # noqa: E402 - as above

_ADDRESS = "http://127.0.0.1:8000"
_KEY = "...the key..."
_PATIENCE_SECONDS = 1200
#: They stay in their terminal; what they print when the next one can be typed.
_STAYING = {"make up": "Ctrl-C stops it", "examples/hello/app.py": "logging in"}
#: What a new user's shell knows; the rest is this project's or this program's own.
_KEPT = re.compile(r"LANG|LC_\w+|TERM|TMPDIR|PIP_(?!CACHE)\w+|\w+_PROXY|\w+_proxy|SSL_\w+|NODE_\w+")


class Newcomer:
    """Somebody with an empty home folder who types what the README says."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if _KEPT.match(name)}
        path = os.environ["PATH"].split(os.pathsep)
        clean = [part for part in path if Path(part) != Path(sys.executable).parent]
        self.environment |= {"HOME": str(home), "PATH": os.pathsep.join(clean)}
        self.address, self.key = "", ""
        self.began = self.last = time.monotonic()
        #: Step -> the seconds it took.
        self.steps: dict[str, float] = {}

    def step(self, name: str) -> None:
        """Note how long it took since the last note."""
        now = time.monotonic()
        self.steps[name] = self.steps.get(name, 0) + now - self.last
        self.last = now

    def filled_in(self, line: str) -> str:
        """Put in what the commands before have printed."""
        return line.replace(_ADDRESS, self.address).replace(_KEY, self.key)

    def export(self, line: str) -> None:
        """Do what `export` does."""
        for word in shlex.split(self.filled_in(line))[1:]:
            name, _, value = word.partition("=")
            self.environment[name] = value

    def type(self, line: str) -> str:
        """Run a command that ends; return what it printed."""
        done = subprocess.run(
            ["sh", "-c", self.filled_in(line)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{line}: {done.stderr[-2000:]}")
        self.look_for_address(done.stdout)
        return done.stdout

    def look_for_address(self, text: str) -> None:
        """Keep the first address that is printed."""
        found = re.search(r"http://127\.0\.0\.1:\d+", text)
        self.address = self.address or (found[0] if found else "")

    @contextmanager
    def staying(self, line: str, sign: str) -> Iterator[None]:
        """Run a command in a terminal of its own, up to its sign; Ctrl-C in the end."""
        output = self.folder / f".cache-output-{len(self.steps)}"
        with output.open("wb") as file:
            program = subprocess.Popen(
                ["sh", "-c", f"exec {self.filled_in(line)}"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while sign not in (text := output.read_text(errors="replace")):
                if program.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{line}: {text[-2000:]}")
                time.sleep(0.1)
            self.look_for_address(text)
            yield
        finally:
            os.killpg(program.pid, 2)
            program.wait(_PATIENCE_SECONDS)

    def type_until_done(self, line: str) -> str:
        """Run a command again, as one does until the app in the other terminal is there."""
        deadline = time.monotonic() + 120
        while True:
            try:
                return self.type(line)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)


class NewcomerWithEngine(Newcomer):
    """The same with a Docker engine, which may have no way to a registry."""

    def __init__(self, folder: Path, home: Path, found: Engine) -> None:
        super().__init__(folder, home)
        self.engine = found
        self.environment |= {**docker_config(), "DOCKER_HOST": found.host, "DOCKER_BUILDKIT": "0"}

    def type(self, line: str) -> str:
        """Run a command; build the image by the tests' means where it cannot be done as typed."""
        if not line.startswith("docker build ") or self.can_pull():
            return super().type(line)
        platform_image(self.engine, shlex.split(line)[3])
        return ""

    def can_pull(self) -> bool:
        """Tell whether the base of the image can be had."""
        base = re.search(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        assert base is not None
        words = ["docker", "pull", "--quiet", base[1]]
        tried = subprocess.run(words, env=self.environment, capture_output=True, check=False)
        return tried.returncode == 0


def follow(person: Newcomer, lines: list[str]) -> None:
    """Type the lines; the last of them shows the first result."""
    with ExitStack() as terminals:
        for line in lines[:-1]:
            sign = next((sign for word, sign in _STAYING.items() if word in line), None)
            if line.startswith("export "):
                person.export(line)
            elif sign is not None:
                terminals.enter_context(person.staying(line, sign))
            elif " key create " in line:
                person.key = person.type(line).split()[0]
            else:
                person.type(line)
            person.step(name_of(line))
        shown = person.type_until_done(lines[-1])
        if "result: Hello" not in shown:
            raise RuntimeError(f"no result: {shown}")
        person.step(name_of(lines[-1]))


def name_of(line: str) -> str:
    """Return what a command is called among the figures."""
    known = {"make up": "up", "compose up": "up", "setup.sh": "set-up", "docker build": "image"}
    known |= {"key create": "key", "pip install": "clients", "call.py": "result"}
    return next((name for word, name in known.items() if word in line), "rest")


def clone(person: Newcomer) -> Newcomer:
    """Give somebody a clone of this project."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(person.folder)], check=True)
    person.step("clone")
    return person


def first_steps(folder: Path) -> list[str]:
    """Return the lines of the README's first steps."""
    return typed(section(folder / "README.md", "Five minutes"))


def walk(folder: Path, home: Path) -> Newcomer:
    """Follow the README's first steps."""
    home.mkdir(exist_ok=True)
    person = clone(Newcomer(folder, home))
    follow(person, first_steps(folder))
    return person


def walk_with_engine(folder: Path, home: Path) -> Newcomer:
    """Follow what it says of a server, then its first steps but for the start."""
    home.mkdir()
    with engine() as found:
        person = clone(NewcomerWithEngine(folder, home, found))
        lines = typed(section(folder / "README.md", "On a server"))
        try:
            follow(person, lines + [line for line in first_steps(folder) if line != "make up"])
        finally:
            person.type(".venv/bin/bauhof compose down")
    return person


def told(name: str, person: Newcomer, most: float) -> bool:
    """Print the figures of a walk."""
    parts = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in person.steps.items())
    return figure("readme", name, sum(person.steps.values()), "s", most=most, against=parts)


def main() -> bool:
    """Measure."""
    folder = Path(tempfile.mkdtemp(prefix="bauhof-bench-"))
    folder.chmod(0o755)  # the database's own user, if this one is root, looks into it
    try:
        cold = told("embedded_cold", walk(folder / "cold", folder / "home"), 300)
        shutil.rmtree(folder / "home" / ".bauhof")
        warm = told("embedded_warm", walk(folder / "warm", folder / "home"), 180)
        try:
            there = walk_with_engine(folder / "server", folder / "server-home")
            contained = told("containers_cold", there, 600)
        except NoEngine as reason:
            sys.stderr.write(f"not measured in containers: {reason}\n")
            contained = True
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return cold and warm and contained
