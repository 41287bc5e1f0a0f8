"""Commands where nothing is installed: one line that says so, with the way out, and no traces."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from deployment.cli import command_line
from deployment.home import Home

COMMANDS = (
    *("status", "down", "logs", "org list", "user list --org x", "key list", "key revoke 1"),
    *("key create --user a --org b", "device list", "device approve A-B --user a --org b"),
    *("webapp list --org x", "store list", "store logs x", "store install x", "rollback --yes"),
    *("backup create", "backup verify", "backup restore", "secrets rotate", "uninstall --yes"),
    *("compose status", "compose up", "compose down", "build", "move --to compose"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_installation_has_a_way_out(home: Home, command: str) -> None:
    words = [*command.split(), "--home", str(home.root), "--json"]
    done = CliRunner().invoke(command_line(), words)
    assert done.exit_code not in (0, 2), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    (line,) = (one for one in done.output.splitlines() if one.startswith("{"))
    error = json.loads(line)["error"]
    assert error["message"] and error["hint"], error
    assert not home.root.exists(), "a command that found nothing made a home"
