"""`bauhof up`: starts the platform, here or in the background."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated, Any

import typer

from deployment import launch
from deployment.commands.answers import show_ready
from deployment.console import HomeOption, JsonOption, err, home_of, one_line_errors
from deployment.embedded import Options, run
from deployment.home import Home
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
