"""`bauhof engine ...`: container backends that run apps from the store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from deployment import engine as backend
from deployment.console import HomeOption, err, home_of, one_line_errors
from deployment.errors import DeploymentError

engine = typer.Typer(no_args_is_help=True, help="Container backends: they run apps of the store.")


@engine.callback()
def engines() -> None:
    """Container backends: they run apps of the store."""


@engine.command("docker")
def engine_docker(
    organization: Annotated[
        str, typer.Option("--org", help="Organization whose apps it runs.")
    ] = "default",
    username: Annotated[
        str, typer.Option("--user", help="Person it acts for: an admin or a deployer.")
    ] = "admin",
    url: Annotated[str | None, typer.Option(help="A platform elsewhere; needs --key-file.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the mandate key for a platform elsewhere.")
    ] = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Make a new key, e.g. after one was withdrawn.")
    ] = False,
    python: Annotated[
        Path | None, typer.Option(help="Interpreter that has the deployer's packages already.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Run apps as containers of the Docker engine that `docker` itself would use. Ctrl-C ends it.

    Containers go on running without it; the next start finds them again.
    """
    with one_line_errors(as_json=False):
        place_home = home_of(home)
        place = backend.place_of(place_home, organization)
        backend.claim(place_home, place, keeps_key=url is None)
        if url is None:
            address = backend.running_url(place_home)
            if new_key:
                backend.forget_key(place_home, organization)
            key = backend.key_of(place_home, organization=organization, username=username)
        else:
            address, key = url, _read_key(key_file)
        interpreter = backend.prepare(place, _note, python)
        env = backend.environment(place, os.environ, url=address, key=key)
        _note(f"runs apps of {organization} from {address}; Ctrl-C ends it, apps go on")
        code = backend.keep_running(interpreter, env, _note)
    raise typer.Exit(code)


def _read_key(file: Path | None) -> str:
    if file is None:
        raise DeploymentError(
            "a platform elsewhere needs a key",
            hint=f"There: bauhof key create --user ... --org ... --app {backend.AGENT}; "
            "put it in a file and name that with --key-file.",
            field="key-file",
        )
    try:
        return file.read_text(encoding="utf8").strip()
    except OSError as error:
        raise DeploymentError(f"cannot read {file}: {error.strerror}", field="key-file") from error


def _note(text: str) -> None:
    err.print(Text(text, style="dim"))
