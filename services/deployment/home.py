"""The home folder: everything one installation keeps, and the lock that lets one supervisor in.

Default: `~/.bauhof`, else the folder named by `BAUHOF_HOME`, else `--home`. Folders are 0700,
files with secrets 0600. Sockets live in a second, short folder because their paths are limited
to about a hundred bytes.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import secrets
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chassis.clock import now
from chassis.secretfile import ensure_secret
from deployment.errors import AlreadyRunning, HomeUnusable

HOME_VARIABLE = "BAUHOF_HOME"
DEFAULT_HOME = "~/.bauhof"
FORMAT = 1
#: Content of the shape file of an installation in containers.
COMPOSE = "compose"

#: Not `TMPDIR`: every command must find the same folder, whatever its environment says.
_SOCKETS = Path("/tmp")  # noqa: S108 - what is made there is private and checked for its owner

#: As root the group of the database's system user may pass through, and only that.
_THROUGH = 0o710 if os.geteuid() == 0 else 0o700

_CONFIG_TEMPLATE = """\
# Settings of this Bauhof installation. Every key has a default; set here only what differs.
# Sections: gateway, postgres, supervisor, compose, and one per service (fakts, rekuest ...).
# The environment wins over this file: GATEWAY__PARK_SECONDS=8, FAKTS__ACCESS_TOKEN_SECONDS=600.
#
# gateway:
#   port: 8000
# fakts:
#   access_token_seconds: 3600
"""

_HINTS = {
    errno.EROFS: "The file system is mounted read-only; choose another folder with --home.",
    errno.EACCES: "This user may not write there; choose another folder with --home.",
    errno.EPERM: "This user may not write there; choose another folder with --home.",
    errno.ENOSPC: "The disk is full; free some space or choose another folder with --home.",
    errno.EDQUOT: "The disk quota is used up; free some space or choose another folder.",
    errno.ENOTDIR: "A part of the path is a file; choose another folder with --home.",
}


@dataclass(frozen=True)
class Identity:
    """What an installation is known by; made once."""

    id: str
    created_at: str

    @property
    def issuer(self) -> str:
        """The `iss` of the tokens of this installation."""
        return f"bauhof-{self.id}"


@dataclass(frozen=True)
class Home:
    """Paths of one installation."""

    root: Path

    @property
    def config_file(self) -> Path:
        """The user's settings."""
        return self.root / "config.yaml"

    @property
    def secrets_dir(self) -> Path:
        """Passwords, one file each."""
        return self.root / "secrets"

    @property
    def logs_dir(self) -> Path:
        """One log per child."""
        return self.root / "logs"

    @property
    def rendered_dir(self) -> Path:
        """Files derived from the settings at every start."""
        return self.root / "rendered"

    @property
    def objects_dir(self) -> Path:
        """What the object store's front keeps."""
        return self.root / "objects"

    @property
    def postgres_dir(self) -> Path:
        """The database cluster."""
        return self.root / "postgres"

    @property
    def gateway_dir(self) -> Path:
        """What the gateway stores."""
        return self.root / "gateway"

    @property
    def services_file(self) -> Path:
        """The effective configuration of the services, as `BAUHOF_CONFIG` names it."""
        return self.rendered_dir / "services.yaml"

    @property
    def gateway_file(self) -> Path:
        """The effective configuration of the gateway."""
        return self.rendered_dir / "gateway.json"

    @property
    def site_dir(self) -> Path:
        """The rendered status page."""
        return self.rendered_dir / "site"

    @property
    def run_file(self) -> Path:
        """Who runs here at the moment."""
        return self.root / "run.json"

    @property
    def children_file(self) -> Path:
        """The children of the last supervisor, to clean up after one that was killed."""
        return self.root / "children.json"

    @property
    def start_command(self) -> str:
        """What starts it, to be told to people."""
        return "bauhof compose up" if self.is_compose else "bauhof up"

    @property
    def logs_command(self) -> str:
        """What shows the log of a part, to be told to people."""
        return "bauhof compose logs" if self.is_compose else "bauhof logs"

    @property
    def first_admin_file(self) -> Path:
        """The first admin's password until it has been shown once."""
        return self.secrets_dir / "first-admin.json"

    @property
    def compose_file(self) -> Path:
        """What the containers are made of, when the platform runs in containers."""
        return self.root / "docker-compose.yml"

    @property
    def shape_file(self) -> Path:
        """Names the shape of the installation; without it that is the embedded one."""
        return self.root / "shape"

    @property
    def is_compose(self) -> bool:
        """The platform runs in containers here."""
        try:
            return self.shape_file.read_text(encoding="utf8").strip() == COMPOSE
        except OSError:
            return False

    @property
    def shared_sockets_dir(self) -> Path:
        """Where the database in its container listens for this machine."""
        return self.root / "run" / "postgres"

    @property
    def shared_orders_dir(self) -> Path:
        """Where fakts in its container takes the orders of the commands."""
        return self.root / "run" / "orders"

    @property
    def work_dir(self) -> Path:
        """Where large things are put together; containers may write there, not in the home."""
        return self.root / "work" if self.is_compose else self.root

    @property
    def is_new(self) -> bool:
        """No platform has become healthy here yet."""
        return not (self.root / "ready").exists()

    def state_dir(self, service: str) -> Path:
        """The folder in which a service keeps its keys."""
        return self.root / "state" / service

    def log_file(self, child: str) -> Path:
        """The log of one child."""
        return self.logs_dir / f"{child}.log"

    @property
    def run_dir(self) -> Path:
        """The short folder for sockets; the same one for the same home."""
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return _SOCKETS / f"bauhof-{os.getuid()}-{digest}"

    @property
    def control_socket(self) -> Path:
        """Where the supervisor listens."""
        return self.run_dir / "control.sock"

    @property
    def orders_socket(self) -> Path:
        """Where fakts takes the orders of the commands."""
        return self.run_dir / "orders.sock"

    def socket(self, service: str) -> Path:
        """Where a service listens."""
        return self.run_dir / f"{service}.sock"

    @property
    def postgres_socket_dir(self) -> Path:
        """The folder in which the database listens."""
        return self.run_dir / "postgres"


def find_home(argument: Path | None, environ: Mapping[str, str]) -> Home:
    """Return the home of a command: the option, else the variable, else the default."""
    chosen = argument or Path(environ.get(HOME_VARIABLE) or DEFAULT_HOME)
    return Home(Path(os.path.abspath(chosen.expanduser())))  # noqa: PTH100 - resolves no link


@contextmanager
def readable_errors(home: Home) -> Iterator[None]:
    """Turn the operating system's complaint into one line with a hint."""
    try:
        yield
    except OSError as error:
        place = error.filename or home.root
        raise HomeUnusable(
            f"cannot use the home folder {home.root}: {error.strerror or error} ({place})",
            hint=_HINTS.get(error.errno or 0),
        ) from error


def prepare(home: Home, services: tuple[str, ...]) -> Identity:
    """Make the folders and the identity; safe to repeat."""
    with readable_errors(home):
        make_root(home)
        folders = [home.secrets_dir, home.logs_dir, home.rendered_dir, home.gateway_dir]
        folders += [home.root / "state", *(home.state_dir(name) for name in services)]
        for folder in folders:
            folder.mkdir(mode=0o700, exist_ok=True)
            _tighten(folder)
        if not home.config_file.exists():
            write_private(home.config_file, _CONFIG_TEMPLATE)
        make_run_dir(home)
        return _identity(home)


def make_root(home: Home) -> None:
    """Make the home folder itself, or take rights of others away from one that is there."""
    home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tighten(home.root, keep=_THROUGH)


def _identity(home: Home) -> Identity:
    def make() -> str:
        body = {"format": FORMAT, "id": secrets.token_hex(6), "created_at": now().isoformat()}
        return json.dumps(body)

    text = ensure_secret(home.root / "home.json", make)
    try:
        body = json.loads(text)
        found = int(body["format"])
        identity = Identity(id=str(body["id"]), created_at=str(body["created_at"]))
    except (ValueError, KeyError, TypeError) as error:
        raise HomeUnusable(f"{home.root / 'home.json'} is damaged: {error}") from error
    if found > FORMAT:
        raise HomeUnusable(
            f"{home.root} was written by a newer Bauhof (format {found}, this one knows {FORMAT})",
            hint="Install the newer version again.",
        )
    return identity


def _tighten(folder: Path, keep: int = 0o700) -> None:
    """Take rights of others away from a folder that was there before."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & ~keep:
        folder.chmod(mode & keep)


def make_run_dir(home: Home) -> None:
    """Make the short folder for sockets; a container's own are found there by a link."""
    path = home.run_dir
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise HomeUnusable(f"{path} belongs to someone else; remove it and try again")
    _tighten(path, keep=_THROUGH)
    if home.is_compose and not home.postgres_socket_dir.is_symlink():
        for folder in (home.shared_sockets_dir, home.shared_orders_dir):
            folder.parent.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        home.postgres_socket_dir.symlink_to(home.shared_sockets_dir)
        home.orders_socket.symlink_to(home.shared_orders_dir / home.orders_socket.name)


def write_private(path: Path, text: str) -> None:
    """Write a file (0600) in one step: readers see the old or the new content, never half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf8") as file:
        file.write(text)
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a file, or None when there is none or it is damaged."""
    try:
        body = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def lock(home: Home) -> IO[str]:
    """Take the home for this process; the lock ends with the process, however it ends."""
    with readable_errors(home):
        descriptor = os.open(home.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        file = os.fdopen(descriptor, "r+", encoding="utf8")
    for attempt in range(3):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # `is_locked` of another command holds it for a moment.
            time.sleep(0.05 * attempt)
        else:
            return file
    file.close()
    raise already_running(home)


def already_running(home: Home) -> AlreadyRunning:
    """Return the error that a second `up` answers with."""
    run = read_json(home.run_file) or {}
    where = f" at {run['url']}" if run.get("url") else ""
    who = f" (process {run['pid']})" if run.get("pid") else ""
    return AlreadyRunning(
        f"a platform already runs on {home.root}{where}{who}",
        hint=(
            "Stop its containers with `bauhof compose down`."
            if home.is_compose
            else "See it with `bauhof status`, stop it with `bauhof down`."
        ),
    )


def database_listens(home: Home) -> bool:
    """Tell whether the database of an installation in containers can be reached."""
    if not home.is_compose:
        return False
    try:
        make_run_dir(home)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(home.postgres_socket_dir / ".s.PGSQL.5432"))
    except OSError:
        return False
    return True


def is_locked(home: Home) -> bool:
    """Tell whether a platform runs on this home: a supervisor holds it, or containers do."""
    if database_listens(home):
        return True
    try:
        with (home.root / "lock").open("r+", encoding="utf8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
