"""`bauhof org ...` and `bauhof user ...`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from deployment.administration import run_operation
from deployment.commands.answers import show, show_list
from deployment.console import HomeOption, JsonOption, home_of, one_line_errors
from deployment.errors import DeploymentError

org = typer.Typer(no_args_is_help=True, help="Organizations.")
user = typer.Typer(no_args_is_help=True, help="People and their roles.")


class Role(StrEnum):
    """The roles every organization has."""

    ADMIN = "admin"
    EDITOR = "editor"
    USER = "user"
    VIEWER = "viewer"
    BOT = "bot"
    DEPLOYER = "deployer"


@org.command("create")
def org_create(
    slug: Annotated[str, typer.Argument(help="Short name, as it stands in commands.")],
    name: Annotated[str | None, typer.Option(help="Name to show.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make an organization."""
    with one_line_errors(as_json=json):
        result = run_operation(home_of(home), "org.create", slug=slug, name=name)
        show(result, f"organization {slug} made", as_json=json)


@org.command("list")
def org_list(home: HomeOption = None, json: JsonOption = False) -> None:
    """List the organizations."""
    with one_line_errors(as_json=json):
        show_list(run_operation(home_of(home), "org.list"), as_json=json)


@user.command("create")
def user_create(
    name: Annotated[str, typer.Argument(help="Name to log in with.")],
    organization: Annotated[str, typer.Option("--org", help="Organization to join.")],
    role: Annotated[Role, typer.Option(help="Role in the organization.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a person with a role in an organization."""
    with one_line_errors(as_json=json):
        password = _password(from_stdin=password_stdin)
        result = run_operation(
            home_of(home),
            "user.create",
            username=name,
            organization=organization,
            role=role.value,
            password=password,
        )
        show(result, f"user {name} made, {role.value} in {organization}", as_json=json)


@user.command("list")
def user_list(
    organization: Annotated[str, typer.Option("--org", help="Whose members.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the members of an organization."""
    with one_line_errors(as_json=json):
        result = run_operation(home_of(home), "user.list", organization=organization)
        show_list(result, as_json=json)


def _password(*, from_stdin: bool) -> str:
    """Read a password, never from the command line, where others could see it."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise DeploymentError(
            "no password was given", hint="Pipe it in with --password-stdin.", field="password"
        )
    if not password:
        raise DeploymentError("the password is empty", field="password")
    return password
