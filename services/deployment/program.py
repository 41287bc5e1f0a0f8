"""How this program is installed, and how another version of it takes its place: by pip."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deployment.errors import ConfigProblem, DeploymentError, ToolMissing
from deployment.tools import python_module

NAME = "bauhof"
_VERSION = re.compile(r"\d+(\.\d+)*[A-Za-z0-9.+]*")
_QUIET = ("--quiet", "--disable-pip-version-check", "--no-input")


@dataclass(frozen=True)
class Program:
    """A version of the program, and what pip is told to have it."""

    version: str
    words: tuple[str, ...]
    #: The folder of the sources it runs from, if it does: pip has no say there.
    sources: Path | None = None


def installed() -> Program:
    """Return the version that runs now, and how to have it again."""
    found = importlib.metadata.distribution(NAME)
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if "dir_info" in origin:
        folder = _path_of(origin["url"])
        if origin["dir_info"].get("editable"):
            return Program(found.version, ("--editable", str(folder)), folder)
        return Program(found.version, (str(folder),))
    if "archive_info" in origin and origin["url"].startswith("file:"):
        return Program(found.version, (str(_path_of(origin["url"])),))
    return Program(found.version, (origin.get("url") or f"{NAME}=={found.version}",))


def wanted(to: str) -> Program:
    """Return the version that `--to` names: a number, or a file with a wheel. Installs nothing.

    Raises:
        ConfigProblem: it is neither.
        DeploymentError: there is no such version, or it is not for this Python.
    """
    file = Path(to).expanduser()
    if file.suffix == ".whl" or file.exists():
        if not file.is_file():
            raise ConfigProblem(f"there is no file {file}", field="to")
        word = str(file.absolute())
    elif _VERSION.fullmatch(to):
        word = f"{NAME}=={to}"
    else:
        raise ConfigProblem(
            f"{to!r} is neither a version like 1.2.0 nor the file of a wheel", field="to"
        )
    told = _pip("install", "--dry-run", "--ignore-installed", "--no-deps", "--report=-", word)
    found = json.loads(told)["install"][0]["metadata"]
    if found["name"].lower() != NAME:
        raise ConfigProblem(f"{to} holds {found['name']}, not {NAME}", field="to")
    return Program(found["version"], (word,))


def install(program: Program) -> None:
    """Put a version in the place of the one that is installed, with what it needs.

    Raises:
        DeploymentError: pip could not; it says why.
    """
    _pip("install", *program.words)


def _pip(verb: str, *words: str) -> str:
    command = [*python_module("pip"), verb, *_QUIET, *words]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return done.stdout
    said = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.strip()]
    last = said[-1] if said else f"it ended with code {done.returncode}"
    if "No module named pip" in last:
        raise ToolMissing(
            "this environment has no pip",
            hint="Install the version as you installed this one, then: bauhof upgrade",
        )
    raise DeploymentError(f"pip cannot have {words[-1]}: {last}", field="to")


def _path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
