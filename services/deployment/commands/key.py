"""`bauhof key ...`: mandate keys, by which an app logs in without a person."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from deployment.administration import run_operation
from deployment.commands.answers import show, show_list, show_once
from deployment.console import HomeOption, JsonOption, home_of, one_line_errors, print_json
from deployment.errors import DeploymentError

key = typer.Typer(no_args_is_help=True, help="Mandate keys: an app logs in without a person.")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d{1,9})([smhdw])")


def seconds_of(duration: str) -> int:
    """Return the seconds of a duration such as `90s`, `15m`, `12h`, `7d` or `2w`."""
    found = _DURATION.fullmatch(duration.strip())
    if found is None or int(found[1]) == 0:
        raise DeploymentError(
            f"{duration!r} is not a duration",
            hint="Write 90s, 15m, 12h, 7d or 2w.",
            field="expires",
        )
    return int(found[1]) * _UNITS[found[2]]


@key.command("create")
def key_create(
    username: Annotated[str, typer.Option("--user", help="Person the app acts for.")],
    organization: Annotated[str, typer.Option("--org", help="Organization it acts in.")],
    app: Annotated[
        str | None, typer.Option(help="Only the app with this identifier may use the key.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="Lifetime, e.g. 12h or 7d.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a mandate key. It is printed once and cannot be shown again."""
    with one_line_errors(as_json=json):
        result = run_operation(
            home_of(home),
            "key.create",
            username=username,
            organization=organization,
            app=app,
            expires_seconds=None if expires is None else seconds_of(expires),
        )
        if json:
            print_json({"key": result["key"], "id": result["id"]})
            return
        show_once(result["key"], f"key {result['id']}")


@key.command("list")
def key_list(
    organization: Annotated[str | None, typer.Option("--org", help="Only these.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the mandate keys, without the keys themselves."""
    with one_line_errors(as_json=json):
        result = run_operation(home_of(home), "key.list", organization=organization)
        show_list(result, as_json=json)


@key.command("revoke")
def key_revoke(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="As `key list` shows it.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Revoke a mandate key and what was logged in with it."""
    with one_line_errors(as_json=json):
        result = run_operation(home_of(home), "key.revoke", id=identifier)
        show(result, f"key {identifier} revoked", as_json=json)
