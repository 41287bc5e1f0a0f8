"""`bauhof upgrade`: to another version and, if that does not become healthy, all the way back.

What starts the new version keeps the databases and puts them back (`upgrade`). Around it lie a
backup before, the change of the program and of the image, and the start of the old one again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from deployment import launch, upgrade
from deployment.config import Settings, read_section, write_section
from deployment.containers import Compose, compose_of
from deployment.errors import (
    ConfigProblem,
    DeploymentError,
    HomeUnusable,
    NotRunning,
    ToolMissing,
    Unhealthy,
    from_dict,
    no_installation,
)
from deployment.home import Home, is_locked, read_json, write_private
from deployment.postgres import serving
from deployment.program import Program, install, installed, wanted
from deployment.tools import python_module
from deployment.version import version_numbers

Note = Callable[[str], None]
#: Makes a backup; returns its name.
BackUp = Callable[[], str]


@dataclass(frozen=True)
class Plan:
    """What an upgrade would do."""

    old: Program
    new: Program
    #: The version whose tables are in the databases.
    found: str
    #: In containers: the image of the new version, and whether the settings must name it.
    image: str | None
    names_image: bool
    #: Words that start the platform where it listens now.
    start: tuple[str, ...]
    running: bool

    @property
    def is_needed(self) -> bool:
        """Whether anything would change."""
        return self.found != self.new.version or self.names_image

    @property
    def installs(self) -> bool:
        """Whether the program itself is another one."""
        return self.new.version != self.old.version


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did."""

    before: str
    after: str
    backup: str | None
    image: str | None
    #: Where it runs; None for a platform that was stopped before and is again.
    url: str | None


def plan(
    home: Home,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    to: str | None,
    image: str | None,
) -> Plan:
    """Look whether the upgrade can be, and what it takes; changes nothing of the installation.

    An image that the engine lacks is fetched.

    Raises:
        ConfigProblem: `to` or `image` is wrong, or the settings name the image of one version.
        HomeUnusable: the version is older than the tables.
        ToolMissing: the image cannot be had.
    """
    if home.is_new:
        raise no_installation(home.root)
    old = installed()
    new = old if to is None else wanted(to)
    if new.version == old.version:
        new = old
    elif old.sources is not None:
        raise DeploymentError(
            f"this program runs from the sources in {old.sources}",
            hint="Bring them to that version (git), run make setup, then: bauhof upgrade",
            field="to",
        )
    found = upgrade.last_version(home) or old.version
    if version_numbers(new.version) < version_numbers(found):
        raise HomeUnusable(
            f"{home.root} was last used by Bauhof {found}, which is newer than {new.version}",
            hint="Take the upgrade back: bauhof rollback",
        )
    if not home.is_compose:
        if image is not None:
            raise ConfigProblem(
                f"the installation in {home.root} runs without containers", field="image"
            )
        return Plan(old, new, found, None, False, _start_words(home), is_locked(home))
    compose = compose_of(home, environ)
    chosen = _image(settings, found, new, image)
    _have(compose, chosen, new)
    names_image = image is not None and image != settings.compose.image
    running = bool(compose.rows()) if home.compose_file.exists() else False
    return Plan(old, new, found, chosen, names_image, ("compose", "up"), running)


def _start_words(home: Home) -> tuple[str, ...]:
    """Start it again where it listens, which a person may have said on the command line."""
    run = read_json(home.run_file) if is_locked(home) else None
    if run is None:
        return ("up", "--detach")
    at = urlsplit(str(run["local_url"]))
    return ("up", "--detach", "--host", str(at.hostname), "--port", str(at.port or 80))


def _image(settings: Settings, found: str, new: Program, image: str | None) -> str:
    named = settings.compose.image
    if image is None and named and new.version != found:
        raise ConfigProblem(
            f"compose.image is {named}; say which image holds {new.version}",
            hint=f"bauhof upgrade --image ... (for example bauhof:{new.version})",
            field="image",
        )
    return image or named or f"bauhof:{new.version}"


def _have(compose: Compose, image: str, new: Program) -> None:
    """See that the engine has the image, and that it is of the version."""
    if not compose.has_image(image) and not compose.pull(image):
        raise ToolMissing(
            f"the engine has no image {image} and cannot fetch it",
            hint=f"Build it where the sources of {new.version} are: docker build -t {image} .",
        )
    held = compose.version_in(image)
    if held != new.version:
        raise ConfigProblem(
            f"the image {image} holds Bauhof {held or 'of no version'}, not {new.version}",
            field="image",
        )


def carry_out(
    home: Home,
    settings: Settings,
    plan: Plan,
    environ: Mapping[str, str],
    note: Note,
    back_up: BackUp | None,
) -> Upgraded:
    """Do what was planned. Without success all is as it was before, and the error says why.

    Raises:
        Unhealthy: the new version did not come up; the old one runs again.
    """
    backup = None
    if back_up is not None:
        note("making a backup")
        backup = back_up()
    written = home.config_file.read_text(encoding="utf8") if home.config_file.exists() else ""
    if plan.running and not home.is_compose:
        note("stopping the platform")
        launch.stop(home)
    try:
        if plan.installs:
            note(f"installing Bauhof {plan.new.version}")
            install(plan.new)
        if plan.names_image:
            section = read_section(home.config_file, "compose")
            write_section(home.config_file, "compose", {**section, "image": plan.image})
        note(f"starting Bauhof {plan.new.version}; the databases are kept first")
        result = _start(home, plan.start, environ)
    except (DeploymentError, KeyboardInterrupt) as error:
        why = error.message if isinstance(error, DeploymentError) else "it was interrupted"
        note(f"going back to Bauhof {plan.found}: {why}")
        with _undisturbed():
            told = _back(home, settings, plan, environ, written)
        raise Unhealthy(f"{why}; {told}", hint=_where_to_look(home)) from error
    if not plan.running:
        launch.stop(home)
    url = result["url"] if plan.running else None
    return Upgraded(plan.found, plan.new.version, backup, plan.image, url)


def _where_to_look(home: Home) -> str:
    return f"See why: bauhof {'compose ' if home.is_compose else ''}logs"


def _start(home: Home, words: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, Any]:
    """Start the platform by the program that is installed now, in a process of its own."""
    command = [*python_module("deployment.cli"), *words, "--home", str(home.root), "--json"]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=dict(environ),
        check=False,
    )
    body: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        body = json.loads(done.stdout)
    if done.returncode == 0:
        return body
    if "error" in body:
        raise from_dict(body["error"])
    said = [line for line in done.stderr.splitlines() if line.strip()]
    raise Unhealthy(said[-1] if said else f"the start ended with code {done.returncode}")


def _back(
    home: Home, settings: Settings, plan: Plan, environ: Mapping[str, str], written: str
) -> str:
    """Have the old databases, image and program again, and start them; return what to say."""
    try:
        kept = upgrade.read_kept(upgrade.kept_dir(home))
        is_half = kept is not None and not kept.finished
        if is_half or not home.is_compose or not plan.running:
            with contextlib.suppress(NotRunning):
                launch.stop(home)
        if is_half:
            asyncio.run(_put_back(home, settings))
        if plan.names_image:
            write_private(home.config_file, written)
        if plan.installs:
            install(plan.old)
        # A program that was exchanged before, by hand, cannot be had again from here.
        if plan.running and plan.old.version == plan.found:
            _start(home, plan.start, environ)
            return f"Bauhof {plan.found} runs again"
    except DeploymentError as error:
        return (
            f"and the way back failed: {error.message}. Install Bauhof {plan.found} and start it;"
            " its data is whole"
        )
    return f"the databases are those of Bauhof {plan.found}"


async def _put_back(home: Home, settings: Settings) -> None:
    """Undo a start that was cut off while it changed the tables."""
    async with serving(home, settings.postgres) as cluster:
        await upgrade.put_back(cluster, upgrade.kept_dir(home))
    upgrade.give_up(home)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let another Ctrl-C not cut off the way back."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
