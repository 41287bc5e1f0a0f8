"""A platform of one's own in a temporary folder: started, used, stopped, removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from deployment import launch
from deployment.administration import run_operation
from deployment.catalog import service_names
from deployment.config import ENV_SEPARATOR, SECTIONS
from deployment.control import ask
from deployment.errors import DeploymentError
from deployment.home import HOME_VARIABLE, Home
from deployment.logfiles import tail

_START_SECONDS = 120.0
_LOG_LINES = 100_000
ADMIN = "admin"
ORGANIZATION = "default"


class Deployment:
    """A running platform."""

    def __init__(self, home: Home, ready: launch.Ready) -> None:
        #: Origin of the platform; what an app is given as `--url`.
        self.url = str(ready.result["url"])
        #: Folder of the installation, for `bauhof --home`.
        self.home = home.root
        #: One-time link by which the first admin sets a password.
        self.setup_url = ready.setup_url
        #: Name and first password of the admin.
        self.admin: dict[str, str] = ready.result.get("admin", {})
        self._home = home
        self._keys: dict[str, str] = {}

    @property
    def fakts_url(self) -> str:
        """The address under the name that `arkitekt.testing` uses."""
        return self.url

    def key(
        self, app: str | None = None, *, user: str = ADMIN, organization: str = ORGANIZATION
    ) -> str:
        """Make a mandate key; with `app` only the app of that identifier may use it."""
        made = run_operation(
            self._home, "key.create", username=user, organization=organization, app=app
        )
        return str(made["key"])

    def mandate_key(self, name: str) -> str:
        """Return the login of the app that a test calls `name`: the same one when asked again."""
        if name not in self._keys:
            self._keys[name] = self.key()
        return self._keys[name]

    def admin_operation(self, op: str, **arguments: Any) -> Any:
        """Carry out an administration operation, as the commands do."""
        return run_operation(self._home, op, **arguments)

    def stop(self, service: str) -> None:
        """Stop a service, or `gateway` or `postgres`, until it is started again."""
        self._ask("service.stop", service)

    def start(self, service: str) -> None:
        """Start what was stopped; returns when it is healthy."""
        self._ask("service.start", service)

    def kill(self, service: str) -> None:
        """Kill a service the hard way; the platform starts it again by itself."""
        self._ask("service.kill", service)

    def status(self) -> dict[str, Any]:
        """Return what `bauhof status --json` prints."""
        return launch.status(self._home)

    def logs(self, service: str | None = None) -> str:
        """Return the log of a part, or of all, each line with its name."""
        if service is not None:
            return "\n".join(tail(self._home.log_file(service), _LOG_LINES))
        lines = []
        for path in sorted(self._home.logs_dir.glob("*.log")):
            lines += [f"{path.stem}: {line}" for line in tail(path, _LOG_LINES)]
        return "\n".join(lines)

    def _ask(self, op: str, service: str) -> None:
        ask(self._home.control_socket, op, timeout_seconds=_START_SECONDS, name=service)


@contextmanager
def deployment(
    *,
    env: Mapping[str, str] | None = None,
    services: Sequence[str] = (),
    port: int = 0,
    folder: Path | None = None,
) -> Iterator[Deployment]:
    """Run a platform on a free port in a temporary folder, for as long as the block lasts.

    Args:
        env: Settings, e.g. `{"FAKTS__ACCESS_TOKEN_SECONDS": "4"}`. Settings of the calling
            process are left out, so that a test means the same everywhere.
        services: Only these; all of them by default.
        port: A port of one's choice.
        folder: Home to use and to keep, instead of a temporary one.
    """
    root = folder or Path(tempfile.mkdtemp(prefix="bauhof-test-"))
    home = Home(root)
    request = launch.Request(
        home=home,
        port=port,
        services=tuple(services),
        tied=True,
        environ=_environment(env or {}),
    )
    try:
        # Imported here, for every pytest run of an app's author loads this module.
        import_module("bauhof.template").lay(home, services)
        ready = launch.start(request, lambda _: None)
        home.first_admin_file.unlink(missing_ok=True)
        try:
            yield Deployment(home, ready)
        finally:
            ready.process.terminate()
            ready.process.wait()
    except DeploymentError as error:
        raise type(error)(_with_logs(home, error), hint=error.hint) from error
    finally:
        if folder is None:
            shutil.rmtree(root, ignore_errors=True)
        shutil.rmtree(home.run_dir, ignore_errors=True)


def _environment(over: Mapping[str, str]) -> dict[str, str]:
    sections = (*SECTIONS, *service_names())
    prefixes = tuple(f"{name.upper()}{ENV_SEPARATOR}" for name in sections)
    dropped = (HOME_VARIABLE, "BAUHOF_CONFIG", "DJANGO_SETTINGS_MODULE")
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(prefixes) and key not in dropped
    }
    # Tests look at what they themselves did, on machines that have enough to do.
    return {**kept, "FAKTS__SYNTHETIC__EVERY_SECONDS": "0", **over}


def _with_logs(home: Home, error: DeploymentError) -> str:
    """The error with what the parts said last; the folder is gone by the time it is read."""
    last = [
        f"{path.stem}: {line}"
        for path in sorted(home.logs_dir.glob("*.log"))
        for line in tail(path, 3)
    ]
    return " | ".join([error.message, *last])
