"""How commands speak: results on stdout, everything else on stderr, errors as one line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from deployment.access import refuse_closed
from deployment.errors import DeploymentError, HomeUnusable
from deployment.home import DEFAULT_HOME, HOME_VARIABLE, Home, find_home

#: Lines for another program are not folded to the width of a terminal that is not there.
_PIPE_WIDTH = 240

out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True, soft_wrap=True, highlight=False)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help=f"Folder of the installation. Else ${HOME_VARIABLE}, else {DEFAULT_HOME}.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def home_of(argument: Path | None) -> Home:
    """Return the home a command works on; it must be this user's to read, or not there yet."""
    found = find_home(argument, os.environ)
    refuse_closed(found)
    return found


def print_json(body: Any) -> None:
    """Print a result for programs."""
    sys.stdout.write(json.dumps(body) + "\n")
    sys.stdout.flush()


@contextmanager
def one_line_errors(*, as_json: bool) -> Iterator[None]:
    """Turn an error into one line on stderr (with `--json` also an object) and an exit code."""
    try:
        yield
    except DeploymentError as error:
        report(error, as_json=as_json)
        raise typer.Exit(int(error.exit_code)) from error
    except PermissionError as error:
        closed = HomeUnusable(
            f"cannot open {error.filename}: {error.strerror}",
            hint="Give the command as the user whose file it is.",
        )
        report(closed, as_json=as_json)
        raise typer.Exit(int(closed.exit_code)) from error
    except KeyboardInterrupt:
        err.print("interrupted")
        raise typer.Exit(130) from None


def report(error: DeploymentError, *, as_json: bool) -> None:
    """Say what went wrong."""
    line = f"error: {error.message}"
    if error.hint:
        line += f" ({error.hint})"
    sys.stderr.write(line + "\n")
    if as_json:
        print_json({"error": error.as_dict()})
