"""`bauhof down | status | logs | check`: the platform as a whole."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from deployment import launch, preflight
from deployment.commands.answers import show_findings
from deployment.console import (
    HomeOption,
    JsonOption,
    home_of,
    one_line_errors,
    out,
    print_json,
    report,
)
from deployment.errors import DeploymentError, Exit
from deployment.home import Home
from deployment.logfiles import Follower, tail
from deployment.standing import standing

_FOLLOW_SECONDS = 0.2
#: A line for each request: it would drown the others.
_ASKED = "access"


def down(home: HomeOption = None, json: JsonOption = False) -> None:
    """Stop the platform."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        launch.stop(place)
    if json:
        print_json({"stopped": True})
    else:
        out.print("stopped")


def status(home: HomeOption = None, json: JsonOption = False) -> None:
    """Show whether the platform runs and how its parts are. Exit code 5: a part is unhealthy."""
    show_status(home, launch.status, as_json=json)


def show_status(home: Path | None, ask: Callable[[Home], dict[str, Any]], *, as_json: bool) -> None:
    """Print how the parts are, or why nobody can tell; the exit code says it, too."""
    try:
        place = home_of(home)
        found = ask(place)
    except DeploymentError as error:
        if as_json:
            sys.stderr.write(f"error: {error.message}\n")
            print_json({"healthy": False, "url": None, "services": {}, "error": error.as_dict()})
        else:
            report(error, as_json=False)
        raise typer.Exit(int(error.exit_code)) from error
    checked = standing(place)
    if as_json:
        print_json({**found, "check": asdict(checked)})
    else:
        out.print(_status_table(found))
        out.print(Text(f"check: {checked.text}", style="dim" if checked.ok else "red"))
    if not found["healthy"]:
        raise typer.Exit(int(Exit.UNHEALTHY))


def _status_table(found: dict[str, Any]) -> Table:
    title = f"{found['url']}  {'healthy' if found['healthy'] else 'not healthy'}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("part", "state", "pid", "restarts", "reason"):
        table.add_column(column)
    for name, row in found["services"].items():
        style = "green" if row["healthy"] else "red"
        table.add_row(
            name,
            Text(row["state"], style=style),
            str(row["pid"] or "-"),
            str(row["restarts"]),
            Text(row.get("reason", "")),
        )
    return table


def logs(
    service: Annotated[str | None, typer.Argument(help="One part only.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines of each log.")] = 100,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show the logs of the parts, each line with the name of its part.

    What the gateway was asked is in `access`, which is shown only when it is named.
    """
    with one_line_errors(as_json=json):
        place = home_of(home)
        paths = _log_paths(place, service)
        followers = {name: Follower(path) for name, path in paths.items()}
        for name, path in paths.items():
            for line in tail(path, lines):
                _print_line(name, line, as_json=json)
        while follow:
            for name, follower in followers.items():
                for line in follower.new_lines():
                    _print_line(name, line, as_json=json)
            time.sleep(_FOLLOW_SECONDS)


def _log_paths(home: Home, service: str | None) -> dict[str, Path]:
    if home.is_compose:
        raise DeploymentError(
            "the parts of this installation are containers", hint="See theirs: bauhof compose logs"
        )
    found = {path.stem: path for path in sorted(home.logs_dir.glob("*.log"))}
    if service is None:
        if not found:
            raise DeploymentError(
                f"there are no logs in {home.logs_dir}",
                hint="They begin with the first start: bauhof up. Another home: --home.",
            )
        return {name: path for name, path in found.items() if name != _ASKED}
    if service not in found:
        known = ", ".join(found) or "none yet"
        raise DeploymentError(
            f"there is no log of {service!r}; there are: {known}", field="service"
        )
    return {service: found[service]}


def _print_line(name: str, line: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"service": name, "line": line})
    else:
        text = Text(f"{name:<10} ", style="cyan").append(line, style="not cyan default")
        out.print(text, soft_wrap=True)


def check(
    home: HomeOption = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to look at.")] = None,
    json: JsonOption = False,
) -> None:
    """Look whether the platform could run here; exit code 1 when something is in the way."""
    with one_line_errors(as_json=json):
        place = home_of(home)
    findings = preflight.examine(place, port=port, environ=os.environ)
    show_findings(findings, as_json=json)
