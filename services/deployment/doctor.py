"""`bauhof doctor`: looks at an installation, running or not, and says how to mend what is wrong."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from chassis.clock import now
from chassis.disk import read_notes, seconds_until
from deployment import launch, upgrade
from deployment.backup.vault import Vault
from deployment.containers import compose_of
from deployment.errors import DeploymentError, NotRunning, ToolMissing
from deployment.home import Home, is_locked
from deployment.preflight import Finding, examine, finding
from deployment.render import AUTHORITY
from deployment.standing import standing

#: A backup older than this is worth a word.
_BACKUP_AGE = timedelta(days=7)
#: Share of the disk at which there is time left to do something.
_DISK_WARNING = 0.85
#: Share at which services stop taking in, unless they were told otherwise.
_DISK_STOP = 0.95
_FAR_SECONDS = 90 * 86_400
_RESTARTS = 3
_OLDEST_ENGINE = [20, 10]


def diagnose(
    home: Home, *, vault: Vault, port: int | None, environ: Mapping[str, str]
) -> list[Finding]:
    """Return what `check` finds on the machine, then what is to say of the installation."""
    found = examine(home, port=port, environ=environ)
    if home.is_new:
        return [*found, Finding("installation", ok=True, text=f"none in {home.root} yet")]
    engine = [("engine", lambda: _engine(home, environ))] if home.is_compose else []
    checks: list[tuple[str, Callable[[], str]]] = [
        *engine,
        ("parts", lambda: _parts(home)),
        ("synthetic", lambda: _checked(home)),
        ("rights", lambda: _rights(home)),
        ("space", lambda: _space(home)),
        ("version", lambda: _version(home)),
        ("backup", lambda: _backup(vault)),
    ]
    return found + [finding(name, check) for name, check in checks]


def _engine(home: Home, environ: Mapping[str, str]) -> str:
    compose = compose_of(home, environ)
    compose.refuse_rootless()
    found = compose.engine("version", "--format", "{{.Server.Version}}").decode().strip()
    parts = [int(word) for word in found.split(".")[:2] if word.isdigit()]
    if parts < _OLDEST_ENGINE:
        raise ToolMissing(
            f"the Docker engine {found} is too old", hint="Install 20.10 or newer of Docker."
        )
    return f"Docker {found}"


def _parts(home: Home) -> str:
    try:
        status = launch.status(home)
    except NotRunning:
        return "not running"
    rows = status["services"]
    ill = {name: row for name, row in rows.items() if not row["healthy"]}
    if ill:
        names = ", ".join(
            f"{name} ({row.get('reason') or row['state']})" for name, row in ill.items()
        )
        raise DeploymentError(
            f"not healthy: {names}", hint=f"See what it says: {home.logs_command} {next(iter(ill))}"
        )
    restless = {name: row["restarts"] for name, row in rows.items() if row["restarts"] >= _RESTARTS}
    if restless:
        names = ", ".join(f"{name} {count} times" for name, count in restless.items())
        raise DeploymentError(
            f"restarted since the start: {names}",
            hint=f"See why: {home.logs_command} {next(iter(restless))}",
        )
    return f"all {len(rows)} healthy at {status['url']}"


def _checked(home: Home) -> str:
    if not is_locked(home):
        return "not running"
    found = standing(home)
    if not found.ok:
        raise DeploymentError(found.text, hint=found.hint)
    return found.text


def _rights(home: Home) -> str:
    open_ones = [path for path in _private(home) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    if open_ones:
        places = (home.secrets_dir, home.root / "state", home.config_file)
        raise DeploymentError(
            f"others may read {open_ones[0]}"
            + (f" and {len(open_ones) - 1} more" if len(open_ones) > 1 else ""),
            hint="chmod -R go= " + shlex.join(map(str, filter(Path.exists, places))),
        )
    return "secrets and keys are closed to others"


def _private(home: Home) -> Iterator[Path]:
    for folder in (home.secrets_dir, home.root / "state"):
        if folder.is_dir():
            yield from (folder, *folder.rglob("*"))
    if home.config_file.exists():
        yield home.config_file


def _space(home: Home) -> str:
    usage = psutil.disk_usage(str(home.root))
    share = 1 - usage.free / usage.total
    text = f"{share:.0%} of the disk is used{_forecast(home)}"
    if share >= _DISK_WARNING:
        raise DeploymentError(
            text,
            hint="Empty the trash, thin out backups (bauhof backup prune --keep 7), or add a disk.",
        )
    return text


def _forecast(home: Home) -> str:
    """Tell when calls that write will be refused, if the disk goes on filling as it did."""
    left = seconds_until(read_notes(home.state_dir(AUTHORITY)), _DISK_STOP)
    if left is None or left > _FAR_SECONDS:
        return ""
    return f"; at the pace of the last days it stops taking in after {left / 86_400:.1f} days"


def _version(home: Home) -> str:
    upgrade.refuse_older(home)
    kept = upgrade.read_kept(upgrade.kept_dir(home))
    if kept is not None and not kept.finished:
        return f"an upgrade from {kept.version} goes on at the next start"
    back = f"; back to {kept.version}: bauhof rollback" if kept else ""
    return f"{upgrade.last_version(home) or 'unknown'}{back}"


def _backup(vault: Vault) -> str:
    found = vault.summaries()
    if not found:
        raise DeploymentError(
            f"there is none in {vault.root}", hint="Make one: bauhof backup create"
        )
    age = now() - datetime.fromisoformat(found[-1].created_at)
    text = f"{found[-1].name}, {age.days} days old"
    if age > _BACKUP_AGE:
        raise DeploymentError(
            text, hint="Make one every night: bauhof backup create --keep 14 in a crontab."
        )
    return text
