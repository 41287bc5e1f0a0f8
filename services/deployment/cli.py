"""The command line `bauhof`."""

from __future__ import annotations

import typer

from deployment.commands import compose, platform, upkeep
from deployment.commands.backup import backup
from deployment.commands.device import device
from deployment.commands.engine import engine
from deployment.commands.key import key
from deployment.commands.people import org, user
from deployment.commands.store import store
from deployment.commands.tls import tls
from deployment.commands.webapp import webapp
from deployment.console import out
from deployment.errors import EXIT_MEANINGS
from deployment.version import version

_EPILOG = "Exit codes: " + ", ".join(f"{int(c)} {text}" for c, text in EXIT_MEANINGS.items()) + "."

app = typer.Typer(
    no_args_is_help=True,
    help="Bauhof, an Arkitekt-compatible platform server. `bauhof up` starts it.",
    epilog=_EPILOG,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(version())
        raise typer.Exit


@app.callback()
def root(
    _version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Bauhof, an Arkitekt-compatible platform server."""


app.command("up")(platform.up)
app.command("down")(platform.down)
app.command("status")(platform.status)
app.command("logs")(platform.logs)
app.command("check")(platform.check)
app.command("doctor")(upkeep.doctor)
app.command("support-bundle")(upkeep.support_bundle)
app.command("rollback")(upkeep.rollback)
app.command("uninstall")(upkeep.uninstall)
app.command("init")(compose.init)
app.command("build")(compose.build)
app.command("move")(compose.move)
app.add_typer(compose.compose, name="compose")
app.add_typer(backup, name="backup")
app.add_typer(upkeep.secrets, name="secrets")
app.add_typer(tls, name="tls")
app.add_typer(org, name="org")
app.add_typer(user, name="user")
app.add_typer(key, name="key")
app.add_typer(device, name="device")
app.add_typer(webapp, name="webapp")
app.add_typer(engine, name="engine")
app.add_typer(store, name="store")


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
