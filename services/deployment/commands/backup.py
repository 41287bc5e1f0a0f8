"""`bauhof backup ...`: sealed copies of an installation, and the way back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from deployment.backup.create import create
from deployment.backup.prune import prune
from deployment.backup.restore import restore
from deployment.backup.seal import KEY_FILE, Seal, own_seal, seal_from
from deployment.backup.vault import LATEST, Summary, Vault, default_vault
from deployment.backup.verify import Told, verify
from deployment.catalog import SERVICES
from deployment.commands.answers import show, show_list
from deployment.config import Settings, load_settings
from deployment.console import (
    HomeOption,
    JsonOption,
    err,
    home_of,
    one_line_errors,
    out,
    print_json,
)
from deployment.errors import DeploymentError
from deployment.home import Home

backup = typer.Typer(no_args_is_help=True, help="Backups: databases, objects, settings and keys.")

VAULT_VARIABLE = "BAUHOF_BACKUPS"
_STORED = tuple(service.name for service in SERVICES if service.is_django)

NameArgument = Annotated[str, typer.Argument(metavar="[NAME]", help="As `backup list` shows it.")]
FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help=f"Folder of the backups. Else ${VAULT_VARIABLE}, else beside the home.",
        show_default=False,
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        help="File with the recovery key, where the home does not have it.",
        show_default=False,
    ),
]


def vault_of(argument: Path | None, home: Home) -> Vault:
    """Return the folder of backups a command means."""
    named = argument or os.environ.get(VAULT_VARIABLE)
    return Vault(Path(named).expanduser().absolute()) if named else default_vault(home)


def _settings(home: Home) -> Settings:
    return load_settings(home.config_file, os.environ, tuple(s.name for s in SERVICES))


def _seal(key_file: Path | None, home: Home) -> Seal:
    if key_file is not None:
        return seal_from(key_file)
    if not (home.secrets_dir / KEY_FILE).exists():
        raise DeploymentError(
            f"{home.root} has no recovery key",
            hint="Give the one you kept apart with --key-file.",
            field="key-file",
        )
    return own_seal(home).checked()


@contextmanager
def telling(*, quiet: bool) -> Iterator[Told]:
    """Show on a terminal how far the work is."""
    if quiet or not err.is_terminal:
        yield lambda _what, _done, _of: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda what, done, of: progress.update(
            task, description=what, completed=done, total=of or None
        )


def _size(summary: Summary) -> str:
    return (
        f"{summary.objects} objects ({decimal(summary.object_bytes)}), "
        f"{summary.new_objects} of them new ({decimal(summary.new_object_bytes)})"
    )


@backup.command("create")
def backup_create(
    to: Annotated[
        Path | None,
        typer.Option(
            help=f"Folder of the backups. Else ${VAULT_VARIABLE}, else beside the home.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Then throw away all but so many of the newest.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a backup; the platform may run meanwhile. Objects already backed up are not copied."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        vault = vault_of(to, place)
        first = not (place.secrets_dir / KEY_FILE).exists()
        with telling(quiet=json) as told:
            made = asyncio.run(create(place, _settings(place), _STORED, vault, told))
        pruned = None if keep is None else prune(vault, own_seal(place), keep=keep)
        if json:
            more = {} if pruned is None else {"removed": list(pruned.removed)}
            print_json({**asdict(made), "folder": str(vault.root), **more})
            return
        out.print(Text(f"{made.name}: {len(made.services)} databases, {_size(made)}"))
        err.print(Text(f"in {vault.root}", style="dim"))
        if pruned is not None and pruned.removed:
            err.print(Text(f"removed: {', '.join(pruned.removed)}", style="dim"))
        if first:
            err.print(
                Text(
                    "Without the recovery key nobody can open it. Keep the key apart from this"
                    " machine: bauhof backup key",
                    style="yellow",
                )
            )


@backup.command("list")
def backup_list(
    source: FromOption = None, home: HomeOption = None, json: JsonOption = False
) -> None:
    """List the backups, the oldest first."""
    with one_line_errors(as_json=json):
        rows = [asdict(one) for one in vault_of(source, home_of(home)).summaries()]
        if not json:
            rows = [
                {
                    "name": row["name"],
                    "made": row["created_at"],
                    "databases": decimal(row["size"]),
                    "objects": row["objects"],
                    "of": decimal(row["object_bytes"]),
                }
                for row in rows
            ]
        show_list(rows, as_json=json)


@backup.command("verify")
def backup_verify(
    name: NameArgument = LATEST,
    source: FromOption = None,
    key_file: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Open a whole backup, restore its databases on trial, check every object."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        vault = vault_of(source, place)
        found = vault.find(name)
        with telling(quiet=json) as told:
            seal = _seal(key_file, place)
            whole = asyncio.run(verify(vault, found.name, seal, _settings(place), told))
        rows = sum(whole.databases.values())
        sentence = (
            f"{whole.name} is whole: {len(whole.databases)} databases with {rows} rows, "
            f"{whole.objects} objects ({decimal(whole.object_bytes)}), {whole.files} files"
        )
        show(asdict(whole), sentence, as_json=json)


@backup.command("restore")
def backup_restore(
    name: NameArgument = LATEST,
    source: FromOption = None,
    key_file: KeyOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Move an installation that is here aside.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Put a backup in the place of the home. Clients stay logged in; `bauhof up` starts it."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        vault = vault_of(source, place)
        found = vault.find(name)
        seal = _seal(key_file, place)
        with telling(quiet=json) as told:
            work = restore(place, vault, found.name, seal, _settings(place), told, force=force)
            done = asyncio.run(work)
        sentence = f"{place.root} is as it was in {done.name}; start it: {place.start_command}"
        if done.moved_to:
            sentence += f"\nWhat was there before is in {done.moved_to}"
        show(asdict(done), sentence, as_json=json)


@backup.command("key")
def backup_key(home: HomeOption = None, json: JsonOption = False) -> None:
    """Print the recovery key. Keep it apart: it opens every backup of this installation."""
    with one_line_errors(as_json=json):
        seal = _seal(None, home_of(home))
        if json:
            print_json({"key": seal.text, "public": seal.public})
            return
        out.print(Text(seal.text))


@backup.command("prune")
def backup_prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")],
    source: FromOption = None,
    key_file: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Throw away all but the newest backups, and the objects that only they held."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        done = prune(vault_of(source, place), _seal(key_file, place), keep=keep)
        sentence = f"{len(done.removed)} backups removed, {decimal(done.freed)} freed"
        show(asdict(done), sentence, as_json=json)
