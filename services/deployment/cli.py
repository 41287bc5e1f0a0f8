"""The command line `bauhof`.

A command is a row of a table, and `main` loads only the one that was typed: the modules of all
of them together take longer to load than most commands take to run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import typer

from deployment.console import out
from deployment.errors import EXIT_MEANINGS
from deployment.version import version

_EPILOG = "Exit codes: " + ", ".join(f"{int(c)} {text}" for c, text in EXIT_MEANINGS.items()) + "."

#: Word -> module and name of what it runs, in the order of the help.
COMMANDS = {
    "up": ("up", "up"),
    "down": ("platform", "down"),
    "status": ("platform", "status"),
    "logs": ("platform", "logs"),
    "check": ("platform", "check"),
    "doctor": ("upkeep", "doctor"),
    "support-bundle": ("upkeep", "support_bundle"),
    "upgrade": ("upgrade", "upgrade"),
    "rollback": ("upkeep", "rollback"),
    "uninstall": ("upkeep", "uninstall"),
    "init": ("compose", "init"),
    "build": ("compose", "build"),
    "move": ("compose", "move"),
    "compose": ("compose", "compose"),
    "bundle": ("bundle", "bundle"),
    "backup": ("backup", "backup"),
    "secrets": ("upkeep", "secrets"),
    "tls": ("tls", "tls"),
    "org": ("people", "org"),
    "user": ("people", "user"),
    "key": ("key", "key"),
    "device": ("device", "device"),
    "webapp": ("webapp", "webapp"),
    "engine": ("engine", "engine"),
    "store": ("store", "store"),
}


def _show_version(asked: bool) -> None:
    if asked:
        out.print(version())
        raise typer.Exit


def _root(
    _version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Bauhof, an Arkitekt-compatible platform server."""


def command_line(words: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the command line, with all commands or only with these."""
    app = typer.Typer(
        no_args_is_help=True,
        help="Bauhof, an Arkitekt-compatible platform server. `bauhof up` starts it.",
        epilog=_EPILOG,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for word in words:
        module, name = COMMANDS[word]
        found = getattr(import_module(f"deployment.commands.{module}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=word)
        else:
            app.command(word)(found)
    return app


def wanted(arguments: Sequence[str]) -> Iterable[str]:
    """Return the commands a call needs: the one it begins with, or all, to tell of them."""
    first = arguments[0] if arguments else ""
    return (first,) if first in COMMANDS else COMMANDS


def main() -> None:
    """Entry point of the console script."""
    command_line(wanted(sys.argv[1:]))()


if __name__ == "__main__":
    main()
