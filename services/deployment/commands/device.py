"""`bauhof device ...`: answers an app that shows a code and waits for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from deployment.administration import run_operation
from deployment.commands.answers import show, show_list
from deployment.console import HomeOption, JsonOption, home_of, one_line_errors

device = typer.Typer(no_args_is_help=True, help="Apps that wait to be let in.")

CodeArgument = Annotated[str, typer.Argument(metavar="USER_CODE", help="Code the app shows.")]
UserOption = Annotated[str, typer.Option("--user", help="Person who answers.")]
OrgOption = Annotated[str, typer.Option("--org", help="Organization to act in.")]


@device.command("list")
def device_list(home: HomeOption = None, json: JsonOption = False) -> None:
    """List the apps that wait for an answer."""
    with one_line_errors(as_json=json):
        show_list(run_operation(home_of(home), "device.list"), as_json=json)


@device.command("approve")
def device_approve(
    user_code: CodeArgument,
    username: UserOption,
    organization: OrgOption,
    decline: Annotated[
        list[str] | None, typer.Option(help="Key of an optional requirement to refuse; repeatable.")
    ] = None,
    device_name: Annotated[str | None, typer.Option(help="Name to remember the device by.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Let an app in."""
    with one_line_errors(as_json=json):
        result = run_operation(
            home_of(home),
            "device.approve",
            user_code=user_code,
            username=username,
            organization=organization,
            decline=decline or [],
            device_name=device_name,
        )
        show(result, f"{user_code} approved", as_json=json)


@device.command("deny")
def device_deny(
    user_code: CodeArgument,
    username: UserOption,
    organization: OrgOption,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Turn an app away."""
    with one_line_errors(as_json=json):
        result = run_operation(
            home_of(home),
            "device.deny",
            user_code=user_code,
            username=username,
            organization=organization,
        )
        show(result, f"{user_code} denied", as_json=json)
