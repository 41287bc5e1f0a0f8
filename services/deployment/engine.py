"""Starts a container backend beside a platform: an app of its own, in an environment of its own.

The deployer is built on the released clients, which no service may import; so it runs like any
author's app: its own packages, a mandate key, and nothing of the services' environment.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployment.administration import run_operation
from deployment.backoff import Backoff
from deployment.child import launch_command
from deployment.errors import NotRunning, ToolMissing
from deployment.home import Home, make_root, read_json, readable_errors, write_private

#: The app as approvals name it.
AGENT = "live.bauhof.docker"
_PROGRAM = "deployers.docker"
#: What the deployer reads of ours: its own package, and the plain rules of the app store.
_PACKAGES = ("deployers", "kabinet_server")
_PINS = "docker/requirements.lock"
#: Variables of the caller that the deployer or Docker's client reads.
_PASSED = ("PATH", "HOME", "LANG", "TZ", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PASSED_PREFIXES = ("DOCKER_", "BAUHOF_ENGINE_", "ARKITEKT_", "FAKTS_")
_REFUSED = 1
#: Names the file a deployer touches while it works.
_ALIVE = "BAUHOF_ENGINE_ALIVE"


@dataclass(frozen=True)
class Place:
    """Where a deployer keeps its environment and what its containers are known by."""

    folder: Path

    @property
    def state(self) -> Path:
        """What outlives a restart."""
        return self.folder / "state"

    @property
    def environment(self) -> Path:
        """Its packages."""
        return self.folder / "venv"

    @property
    def sources(self) -> Path:
        """A folder with links to the packages of ours that it reads."""
        return self.folder / "app"


def place_of(home: Home, organization: str) -> Place:
    """Return the folder of the deployer of one organization."""
    return Place(home.root / "engine" / organization)


def package_folder(name: str) -> Path:
    """Return where one of our packages lies, without importing it."""
    spec = importlib.util.find_spec(name)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        return Path(place)
    raise ToolMissing(f"the package {name} is not installed")


def prepare(place: Place, note: Callable[[str], None], python: Path | None = None) -> Path:
    """Have all the deployer needs; returns its interpreter. A second call is instant."""
    place.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.sources.mkdir(mode=0o700, exist_ok=True)
    for name in _PACKAGES:
        link, target = place.sources / name, package_folder(name)
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    return python or install(place.environment, note)


def install(folder: Path, note: Callable[[str], None]) -> Path:
    """Have an environment with the pinned packages; made again when a pin changes."""
    pins = package_folder("deployers") / _PINS
    digest = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()
    stamp, python = folder / "pins", folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == digest and python.exists():
        return python
    note("installing what the deployer needs (once, half a minute)")
    venv.create(folder, with_pip=True, clear=True)
    words = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    done = subprocess.run(
        [str(python), *words, "-r", str(pins)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
        raise ToolMissing(
            f"the deployer's packages cannot be installed: {last[0]}",
            hint="With the package index reachable, run the command again.",
        )
    stamp.write_text(digest)
    return python


def key_of(home: Home, *, organization: str, username: str) -> str:
    """Return the key the deployer logs in with; made once, kept in a file of its own (0600)."""
    file = home.secrets_dir / f"engine-{organization}.json"
    kept = read_json(file)
    if kept and kept.get("username") == username:
        return str(kept["key"])
    made = run_operation(
        home, "key.create", username=username, organization=organization, app=AGENT
    )
    write_private(file, json.dumps({"username": username, "key": made["key"]}))
    return str(made["key"])


def forget_key(home: Home, organization: str) -> None:
    """Have a new key made at the next start."""
    (home.secrets_dir / f"engine-{organization}.json").unlink(missing_ok=True)


def running_url(home: Home) -> str:
    """Return the address of the platform on this home, as programs of this machine reach it."""
    run = read_json(home.run_file) or {}
    url = run.get("local_url") or run.get("url")
    if not url:
        raise NotRunning(
            f"no platform runs on {home.root}",
            hint=f"Start it with `{home.start_command}`, or name another one with --url.",
        )
    return str(url)


def environment(place: Place, environ: Mapping[str, str], *, url: str, key: str) -> dict[str, str]:
    """Return what the deployer's process sees: nothing of the services, its key in no argument."""
    found = {
        name: value
        for name, value in environ.items()
        if name in _PASSED or name.startswith(_PASSED_PREFIXES)
    }
    return {
        "BAUHOF_ENGINE_STATE": str(place.state),
        **found,
        _ALIVE: found.get(_ALIVE) or str(place.state / "alive"),
        "FAKTS_URL": url,
        "FAKTS_MANDATE_KEY": key,
        "PYTHONPATH": str(place.sources),
        "PYTHONUNBUFFERED": "1",
        # What it told and was not acknowledged is told again by the next one.
        "REKUEST_JOURNAL_PATH": str(place.state / "rekuest_journal.db"),
        # A session of a key that was withdrawn must not be found again.
        "XDG_STATE_HOME": str(place.folder),
        "XDG_CONFIG_HOME": str(place.folder),
        "XDG_CACHE_HOME": str(place.folder),
    }


def claim(home: Home, place: Place, *, keeps_key: bool = True) -> None:
    """Make the folders of a deployer; one that is given its key needs none for it."""
    with readable_errors(home):
        if keeps_key:
            make_root(home)
            home.secrets_dir.mkdir(mode=0o700, exist_ok=True)
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def _passing_on_signals(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Pass the wish to end on to the deployer; the list holds what was received."""
    received: list[int] = []

    def pass_on(number: int, _: object) -> None:
        received.append(number)
        process.terminate()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def keep_running(
    python: Path,
    env: Mapping[str, str],
    note: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run the deployer, again when it dies, until it is told to end; returns its last exit code.

    Containers do not depend on it: they run on while it is away. One that cannot even begin says
    why and ends; one that has worked before is tried until it works again, for the client it is
    built on ends when the platform refuses a connection once.
    """
    alive = Path(env[_ALIVE])
    alive.unlink(missing_ok=True)
    backoff = Backoff(first_seconds=1.0, most_seconds=30.0, forgive_seconds=60.0)
    while True:
        began = time.monotonic()
        # Tied to this process: one that is killed leaves no deployer behind that nobody watches.
        command = launch_command([str(python), "-P", "-m", _PROGRAM])
        process = subprocess.Popen(command, env=dict(env), start_new_session=True)
        with _passing_on_signals(process) as received:
            code = process.wait()
        if received:
            return 0
        # It said itself what is wrong with its settings or its key.
        if code == 0 or (code == _REFUSED and not alive.exists()):
            return code
        delay = backoff.after_exit(time.monotonic() - began)
        note(f"the deployer ended with code {code}; it starts again in {delay:.0f} s")
        try:
            sleep(delay)
        except KeyboardInterrupt:
            return 0
