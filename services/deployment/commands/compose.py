"""`bauhof init | build | compose | move`: the installation in containers."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from deployment.catalog import service_names
from deployment.commands.answers import show, show_ready
from deployment.commands.platform import show_status
from deployment.compose import operate
from deployment.compose.founding import init as make_installation
from deployment.compose.move import move as move_installation
from deployment.config import Settings, load_settings
from deployment.console import HomeOption, JsonOption, err, home_of, one_line_errors
from deployment.containers import compose_of
from deployment.errors import DeploymentError
from deployment.home import Home, is_locked
from deployment.proxy import from_environment

compose = typer.Typer(no_args_is_help=True, help="The platform in containers.")

HostOption = Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")]
PortOption = Annotated[
    int | None, typer.Option(min=1, max=65535, help="Port to listen on.  [default: 8000]")
]


def settings_of(home: Home) -> Settings:
    """Return the settings of a home, with what the environment says."""
    return load_settings(home.config_file, os.environ, service_names())


def init(
    home: HomeOption = None,
    host: HostOption = None,
    port: PortOption = None,
    insecure_lan: Annotated[
        bool,
        typer.Option("--insecure-lan", help="Speak plain http to other machines; read the docs."),
    ] = False,
    public_url: Annotated[
        str | None, typer.Option(help="Origin as users type it, if it is another one.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Object store: front, silo or http://HOST:PORT.")
    ] = None,
    image: Annotated[str | None, typer.Option(help="Image of the platform.")] = None,
    profiles: Annotated[
        list[str] | None, typer.Option("--with", help="What runs besides: engine, backup.")
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help="Ask for what was not said, on a terminal.")
    ] = True,
    json: JsonOption = False,
) -> None:
    """Make an installation in containers: settings, secrets and keys, once."""
    with one_line_errors(as_json=json):
        place = home_of(home)
    said = (host, port, public_url, store, image, profiles)
    if ask and not json and sys.stdin.isatty() and not any(said):
        host = typer.prompt("Address to listen on", default="127.0.0.1")
        port = typer.prompt("Port", default=8000, type=int)
        public_url = typer.prompt("Address as users type it (empty: the same)", default="") or None
    with one_line_errors(as_json=json):
        choices: dict[str, dict[str, Any]] = {
            "gateway": {
                "host": host,
                "port": port,
                "public_url": public_url,
                "insecure_lan": insecure_lan or None,
            },
            # What this shell goes by holds for the containers, which do not see it.
            "proxy": from_environment(os.environ),
            "compose": {"store": store, "image": image, "profiles": profiles or None},
        }
        make_installation(place, choices)
        result = {"home": str(place.root), "compose_file": str(place.compose_file)}
        show(result, f"{place.root} is ready\nStart it: bauhof compose up", as_json=json)


def build(home: HomeOption = None, json: JsonOption = False) -> None:
    """Write the compose file and what its containers read; the same bytes every time."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        done = operate.rebuild(place, settings_of(place))
        sentence = "written" if done.changed else "nothing has changed"
        show(asdict(done), f"{sentence}: {', '.join(done.files)}", as_json=json)


@compose.command("up")
def compose_up(
    new_engine_key: Annotated[
        bool,
        typer.Option("--new-engine-key", help="Make the deployer a new key, e.g. after a revoke."),
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Start the containers and wait until all are healthy."""

    def note(text: str) -> None:
        if not json:
            err.print(text, style="dim")

    with one_line_errors(as_json=json):
        place = home_of(home)
        work = operate.up(place, settings_of(place), os.environ, note, new_key=new_engine_key)
        ready = asyncio.run(work)
        how = "bauhof compose down"
        show_ready(place, ready.result, ready.setup_url, as_json=json, stop_with=how)


@compose.command("down")
def compose_down(home: HomeOption = None, json: JsonOption = False) -> None:
    """Stop and remove the containers; everything else stays."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        operate.down(place, os.environ)
        show({"stopped": True}, "stopped", as_json=json)


@compose.command("status")
def compose_status(home: HomeOption = None, json: JsonOption = False) -> None:
    """Show how the containers are. Exit code 5: one is unhealthy."""
    show_status(home, lambda place: operate.status(place, os.environ), as_json=json)


@compose.command("logs")
def compose_logs(
    part: Annotated[str | None, typer.Argument(help="One container only.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines of each.")] = 100,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show what the containers say, each line with the name of its container."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        operate.refuse_embedded(place)
        words = ["logs", "--no-color", "--tail", str(lines)]
        words += ["--follow"] if follow else []
        if compose_of(place).show(*words, *([part] if part else [])):
            raise DeploymentError(f"there are no logs of {part or 'the containers'}", field="part")


def move(
    to: Annotated[str, typer.Option(help="compose or embedded.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make an embedded installation one in containers, or the other way round."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        if place.is_compose and not is_locked(place):
            # Containers that were stopped by hand would come back after a restart of the engine.
            operate.down(place, os.environ)
        done = move_installation(place, settings_of(place), to)
        start = "bauhof compose up" if done.shape == "compose" else "bauhof up"
        show(asdict(done), f"it is {done.shape} now\nStart it: {start}", as_json=json)
