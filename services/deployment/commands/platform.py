"""`bauhof up | down | status | logs | check`: the platform as a whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
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
    err,
    home_of,
    one_line_errors,
    out,
    print_json,
    report,
)
from deployment.embedded import Options, run
from deployment.errors import DeploymentError, Exit
from deployment.home import Home
from deployment.logfiles import Follower, tail
from deployment.view import StartView

_FOLLOW_SECONDS = 0.2


def up(
    home: HomeOption = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on.  [default: 8000, or a free one]"),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when healthy; run in the background.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Start the platform: database, services, gateway. Ctrl-C stops it."""
    place = home_of(home)
    view = StartView(err, quiet=json)
    with one_line_errors(as_json=json):
        if detach:
            with view.showing():
                request = launch.Request(home=place, host=host, port=port)
                ready = launch.start(request, view.heard)
            how = "bauhof down"
            show_ready(place, ready.result, ready.setup_url, as_json=json, stop_with=how)
        else:
            _run_here(place, Options(host=host, port=port), view, as_json=json)


def _run_here(home: Home, options: Options, view: StartView, *, as_json: bool) -> None:
    with contextlib.ExitStack() as showing:
        showing.enter_context(view.showing())

        def heard(event: dict[str, Any]) -> None:
            view.heard(event)
            if event["event"] in ("ready", "stopping"):
                showing.close()
            if event["event"] == "ready":
                setup_url = event["setup_url"]
                show_ready(home, event["result"], setup_url, as_json=as_json, stop_with=None)

        asyncio.run(run(home, options, heard))


def show_ready(
    home: Home,
    result: dict[str, Any],
    setup_url: str | None,
    *,
    as_json: bool,
    stop_with: str | None,
) -> None:
    """Print the address and, once, how the first admin logs in."""
    if as_json:
        print_json(result)
    else:
        # No frame and no wrapping: the link has to survive being copied.
        out.print(_ready_text(result, setup_url, stop_with=stop_with), soft_wrap=True)
    # It has been shown: from now on only its hash exists.
    home.first_admin_file.unlink(missing_ok=True)


def _ready_text(result: dict[str, Any], setup_url: str | None, *, stop_with: str | None) -> Text:
    text = Text("\n")
    text.append("Bauhof is ready at ").append(result["url"], style="bold green")
    if setup_url:
        text.append("\n\nFirst admin, shown once. Set a password of your own at\n")
        text.append(setup_url, style="bold")
        admin = result["admin"]
        text.append(f"\nor log in as {admin['username']} with {admin['password']}")
    if stop_with:
        text.append(f"\n\nStop it with: {stop_with}", style="dim")
    else:
        text.append("\n\nCtrl-C stops it.", style="dim")
    return text


def down(home: HomeOption = None, json: JsonOption = False) -> None:
    """Stop the platform."""
    place = home_of(home)
    with one_line_errors(as_json=json):
        launch.stop(place)
    if json:
        print_json({"stopped": True})
    else:
        out.print("stopped")


def status(home: HomeOption = None, json: JsonOption = False) -> None:
    """Show whether the platform runs and how its parts are. Exit code 5: a part is unhealthy."""
    place = home_of(home)
    show_status(lambda: launch.status(place), as_json=json)


def show_status(ask: Callable[[], dict[str, Any]], *, as_json: bool) -> None:
    """Print how the parts are, or why nobody can tell; the exit code says it, too."""
    try:
        found = ask()
    except DeploymentError as error:
        if as_json:
            sys.stderr.write(f"error: {error.message}\n")
            print_json({"healthy": False, "url": None, "services": {}, "error": error.as_dict()})
        else:
            report(error, as_json=False)
        raise typer.Exit(int(error.exit_code)) from error
    if as_json:
        print_json(found)
    else:
        out.print(_status_table(found))
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
    """Show the logs of the parts, each line with the name of its part."""
    place = home_of(home)
    with one_line_errors(as_json=json):
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
    found = {path.stem: path for path in sorted(home.logs_dir.glob("*.log"))}
    if service is None:
        if not found:
            raise DeploymentError(f"there are no logs in {home.logs_dir}")
        return found
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
    place = home_of(home)
    findings = preflight.examine(place, port=port, environ=os.environ)
    show_findings(findings, as_json=json)
