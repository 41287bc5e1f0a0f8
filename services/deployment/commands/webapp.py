"""`bauhof webapp ...`: web apps of third parties that log people in here."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from deployment.administration import run_operation
from deployment.commands.answers import show, show_list, show_once
from deployment.console import (
    HomeOption,
    JsonOption,
    err,
    home_of,
    one_line_errors,
    print_json,
)

webapp = typer.Typer(no_args_is_help=True, help="Web apps that log people in here.")

OrgOption = Annotated[str, typer.Option("--org", help="Organization it belongs to.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `webapp list` shows it.")]


@webapp.command("add")
def webapp_add(
    name: Annotated[str, typer.Argument(help="What people are shown.")],
    organization: OrgOption,
    redirect_uri: Annotated[
        list[str], typer.Option(help="Address people come back to; repeatable.")
    ],
    post_logout_uri: Annotated[
        list[str] | None, typer.Option(help="The same after the log-out; repeatable.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may ask for, else everything; repeatable.")
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="Kind of service its tokens open; repeatable.")
    ] = None,
    confidential: Annotated[
        bool, typer.Option("--confidential", help="It runs on a server and can keep a secret.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Register a web app. Its secret, if it has one, is printed once."""
    with one_line_errors(as_json=json):
        result = run_operation(
            home_of(home),
            "webapp.add",
            name=name,
            organization=organization,
            redirect_uris=redirect_uri,
            post_logout_redirect_uris=post_logout_uri or [],
            scopes=scope or None,
            services=service or [],
            confidential=confidential,
        )
        _show_secret(result, as_json=json)


@webapp.command("list")
def webapp_list(organization: OrgOption, home: HomeOption = None, json: JsonOption = False) -> None:
    """List the web apps of an organization."""
    with one_line_errors(as_json=json):
        result = run_operation(home_of(home), "webapp.list", organization=organization)
        show_list(result, as_json=json)


@webapp.command("rotate")
def webapp_rotate(
    identifier: IdArgument,
    organization: OrgOption,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Give a web app a new secret; the old one is refused at once."""
    with one_line_errors(as_json=json):
        result = run_operation(
            home_of(home), "webapp.rotate", id=identifier, organization=organization
        )
        _show_secret(result, as_json=json)


@webapp.command("remove")
def webapp_remove(
    identifier: IdArgument,
    organization: OrgOption,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Remove a web app; everybody's sessions there end."""
    with one_line_errors(as_json=json):
        result = run_operation(
            home_of(home), "webapp.remove", id=identifier, organization=organization
        )
        show(result, f"web app {identifier} removed", as_json=json)


def _show_secret(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    err.print(Text(f"web app {result['id']}, client id {result['client_id']}", style="dim"))
    if result["secret"]:
        show_once(result["secret"], "its secret")
