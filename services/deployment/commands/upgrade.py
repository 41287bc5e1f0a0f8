"""`bauhof upgrade`: to another version, with a backup before and the way back by itself."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from typing import Annotated

import typer

from deployment.backup.create import create
from deployment.catalog import SERVICES
from deployment.commands.answers import show
from deployment.commands.backup import telling, vault_of
from deployment.commands.compose import settings_of
from deployment.console import HomeOption, JsonOption, err, home_of, one_line_errors
from deployment.upgrading import carry_out, plan

_STORED = tuple(service.name for service in SERVICES if service.is_django)


def upgrade(
    to: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION|FILE",
            help="Version to install first, by pip; or the file of a wheel.  [default: the program"
            " as it is installed now]",
            show_default=False,
        ),
    ] = None,
    image: Annotated[
        str | None, typer.Option(help="In containers: image of that version.", show_default=False)
    ] = None,
    backup: Annotated[
        bool, typer.Option("--backup/--no-backup", help="Make a backup first.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only look whether it can be, and say what it does.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Go to another version; if it does not become healthy, the old one runs again by itself."""
    with one_line_errors(as_json=json):
        place = home_of(home)

    def note(text: str) -> None:
        if not json:
            err.print(text, style="dim")

    with one_line_errors(as_json=json):
        settings = settings_of(place)

        def back_up() -> str:
            with telling(quiet=json) as told:
                work = create(place, settings, _STORED, vault_of(None, place), told)
                return asyncio.run(work).name

        found = plan(place, settings, os.environ, to=to, image=image)
        outcome = {
            "before": found.found,
            "after": found.new.version,
            "backup": None,
            "image": found.image,
            "url": None,
        }
        if not found.is_needed:
            show({**outcome, "changed": False}, f"{found.found} is what is here", as_json=json)
            return
        if dry_run:
            steps = [
                *(["make a backup"] if backup else []),
                *([f"install Bauhof {found.new.version}"] if found.installs else []),
                *([f"take the image {found.image}"] if found.image else []),
                f"go from {found.found} to {found.new.version}",
                *([] if found.running else ["stop it again, as it is stopped now"]),
            ]
            show({**outcome, "changed": False, "steps": steps}, "\n".join(steps), as_json=json)
            return
        made = back_up if backup else None
        done = carry_out(place, settings, found, os.environ, note, made)
        sentence = f"Bauhof {done.after} runs at {done.url}" if done.url else f"it is {done.after}"
        if done.backup:
            sentence += f"\nThe backup from before: {done.backup}"
        sentence += "\nThe way back: bauhof rollback"
        show({**asdict(done), "changed": True}, sentence, as_json=json)
