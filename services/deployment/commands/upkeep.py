"""`bauhof doctor | support-bundle | rollback | secrets | uninstall`: care of an installation."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.text import Text

from chassis.clock import now
from deployment import upgrade
from deployment.administration import run_operation
from deployment.catalog import SERVICES, service_names
from deployment.commands.answers import show, show_findings
from deployment.commands.backup import vault_of
from deployment.config import Settings, load_settings
from deployment.console import HomeOption, JsonOption, err, home_of, one_line_errors
from deployment.doctor import diagnose
from deployment.errors import DeploymentError
from deployment.home import Home
from deployment.removal import check_removable, remove
from deployment.rotation import rotate
from deployment.support import write_bundle

secrets = typer.Typer(no_args_is_help=True, help="Passwords that the parts use among themselves.")

YesOption = Annotated[bool, typer.Option("--yes", help="I know what will be lost.")]


def _settings(home: Home) -> Settings:
    return load_settings(home.config_file, os.environ, service_names())


def doctor(
    home: HomeOption = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to look at.")] = None,
    json: JsonOption = False,
) -> None:
    """Look at the installation and say how to mend what is wrong; exit code 1 if something is."""
    with one_line_errors(as_json=json):
        place = home_of(home)
    found = diagnose(place, vault=vault_of(None, place), port=port, environ=os.environ)
    show_findings(found, as_json=json)


def support_bundle(
    to: Annotated[
        Path | None, typer.Option(help="File to write.  [default: bauhof-support-DATE.tar.gz]")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write what a helper needs to see: versions, findings, settings, logs; no secrets."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        target = (to or Path(f"bauhof-support-{now():%Y%m%dT%H%M%S}.tar.gz")).absolute()
        vault = vault_of(None, place)
        made = write_bundle(place, target, vault=vault, environ=os.environ)
        sentence = f"{made.path} ({len(made.files)} files, {decimal(made.size)}); look through it"
        show(asdict(made), f"{sentence} before you give it away", as_json=json)


def rollback(yes: YesOption = False, home: HomeOption = None, json: JsonOption = False) -> None:
    """Take the last upgrade back: the databases become what the older version left."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        done = asyncio.run(upgrade.rollback(place, _settings(place), sure=yes))
        sentence = (
            f"the databases are as Bauhof {done.version} left them at {done.made_at}\n"
            f"Now install it: pip install bauhof=={done.version}\n"
            f"What was there is in {upgrade.undone_dir(place)}"
        )
        show(asdict(done), sentence, as_json=json)


@secrets.command("rotate")
def secrets_rotate(home: HomeOption = None, json: JsonOption = False) -> None:
    """Make new passwords for databases and Redis, and a new secret for the object store."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        stored = [service.name for service in SERVICES if service.is_django]
        done = asyncio.run(rotate(place, _settings(place), stored))
        show(asdict(done), f"new secrets for {', '.join(done.names)}", as_json=json)


@secrets.command("renew-signing-key")
def secrets_renew_signing_key(home: HomeOption = None, json: JsonOption = False) -> None:
    """Let a new key sign the tokens from now on; who is logged in stays so.

    It happens by itself as well (`fakts.signing_key_days`). This is for a key that may be known.
    """
    with one_line_errors(as_json=json):
        made = run_operation(home_of(home), "signing_key.renew")
        show(made, f"key {made['id']} signs from {made['signs_from']} on", as_json=json)


def _meant(home: Home) -> bool:
    """Have the name typed of what will be deleted."""
    check_removable(home)
    name = home.root.name
    err.print(Text(f"This deletes {home.root} with every database and object in it."))
    if typer.prompt(f"Type its name, {name}, to go on", default="", show_default=False) == name:
        return True
    raise DeploymentError(
        "that is not its name; nothing was deleted",
        hint=f"Type {name}, or keep the data with --keep-data.",
        field="name",
    )


def uninstall(
    yes: YesOption = False,
    keep_data: Annotated[
        bool, typer.Option("--keep-data", help="Keep databases, objects, settings and keys.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Remove the installation from this machine. Backups stay where they are.

    On a terminal it asks for the name of the folder first, elsewhere it wants --yes.
    """
    with one_line_errors(as_json=json):
        place = home_of(home)
        if not (yes or keep_data or json) and sys.stdin.isatty():
            yes = _meant(place)
        done = remove(place, keep_data=keep_data, sure=yes)
        kept = f"the data is in {done.kept}" if done.kept else f"{place.root} is gone"
        show(asdict(done), f"{kept}\nThe program itself: pip uninstall bauhof", as_json=json)
