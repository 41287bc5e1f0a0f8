"""`bauhof up`: starts the platform, here or in the background."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from deployment import launch
from deployment.commands.answers import show_ready
from deployment.console import HomeOption, JsonOption, err, home_of, one_line_errors
from deployment.embedded import Options, run
from deployment.errors import DeploymentError
from deployment.home import Home
from deployment.temporary import temporary_home
from deployment.view import StartView


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
    temporary: Annotated[
        bool,
        typer.Option(
            "--temporary", help="In a new folder, on a free port; Ctrl-C removes all of it."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Start the platform: database, services, gateway. Ctrl-C stops it."""
    view = StartView(err, quiet=json)
    with one_line_errors(as_json=json):
        if temporary:
            _refuse_beside_temporary({"--home": home is not None, "--detach": detach})
            with temporary_home() as passing:
                said = f"all of it lies in {passing.root}; commands find it by --home"
                view.heard({"event": "note", "text": said})
                options = Options(host=host, port=port or 0)
                _run_here(passing, options, view, as_json=json, more={"home": str(passing.root)})
            return
        place = home_of(home)
        if detach:
            with view.showing():
                request = launch.Request(home=place, host=host, port=port)
                ready = launch.start(request, view.heard)
            how = "bauhof down"
            show_ready(place, ready.result, ready.setup_url, as_json=json, stop_with=how)
        else:
            _run_here(place, Options(host=host, port=port), view, as_json=json)


def _refuse_beside_temporary(said: dict[str, bool]) -> None:
    for option in (option for option, is_said in said.items() if is_said):
        raise DeploymentError(
            f"{option} does not go with --temporary",
            hint="A temporary platform has a folder of its own and ends with this command.",
            field=option.strip("-"),
        )


def _run_here(
    home: Home,
    options: Options,
    view: StartView,
    *,
    as_json: bool,
    more: Mapping[str, Any] | None = None,
) -> None:
    with contextlib.ExitStack() as showing:
        showing.enter_context(view.showing())

        def heard(event: dict[str, Any]) -> None:
            view.heard(event)
            if event["event"] in ("ready", "stopping"):
                showing.close()
            if event["event"] == "ready":
                setup_url = event["setup_url"]
                result = {**event["result"], **(more or {})}
                show_ready(home, result, setup_url, as_json=as_json, stop_with=None)

        asyncio.run(run(home, options, heard))
