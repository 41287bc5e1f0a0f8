"""Commands where nothing is installed: one line that says so, with the way out, and no traces."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deployment import console
from deployment.access import refuse_closed
from deployment.cli import command_line
from deployment.errors import Exit, HomeUnusable
from deployment.home import Home

COMMANDS = (
    *("status", "down", "logs", "org list", "user list --org x", "key list", "key revoke 1"),
    *("key create --user a --org b", "device list", "device approve A-B --user a --org b"),
    *("webapp list --org x", "store list", "store logs x", "store install x", "rollback --yes"),
    *("backup create", "backup verify", "backup restore", "secrets rotate", "uninstall --yes"),
    *("compose status", "compose up", "compose down", "build", "move --to compose"),
)

_NOBODY = 65534


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


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Be a user whose home this is not; root becomes nobody, others may not open their own."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("part", ["", "inside"])
def test_a_home_of_another_user_is_refused_with_its_owner(tmp_path: Path, part: str) -> None:
    closed = tmp_path / "closed"
    (closed / part).mkdir(parents=True)
    closed.chmod(0o700 if os.geteuid() == 0 else 0)
    try:
        with as_somebody_else(), pytest.raises(HomeUnusable, match="cannot look into") as refused:
            refuse_closed(Home(closed / part))
    finally:
        closed.chmod(0o700)
    assert refused.value.hint and "the user who runs the platform" in refused.value.hint


def test_a_home_that_is_not_there_yet_is_not_refused(tmp_path: Path) -> None:
    refuse_closed(Home(tmp_path / "none"))
    refuse_closed(Home(tmp_path))


@pytest.mark.parametrize(
    "command",
    [
        *COMMANDS,
        "up",
        "check",
        "doctor",
        "support-bundle",
        "init",
        "backup list",
        "tls show",
        "upgrade",
        "bundle export x",
    ],
)
def test_every_command_says_that_a_home_is_closed(
    home: Home, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Home) -> None:
        raise HomeUnusable("cannot look into it", hint="Be somebody else.")

    monkeypatch.setattr(console, "refuse_closed", closed)
    words = [*command.split(), "--home", str(home.root), "--json"]
    done = CliRunner().invoke(command_line(), words)
    assert done.exit_code == Exit.HOME_UNUSABLE, done.output
    assert "error: cannot look into it" in done.output
    assert not home.root.exists()


def test_a_file_that_is_closed_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, console.one_line_errors(as_json=True):
        raise PermissionError(errno.EACCES, "Permission denied", "/backups/archives")
    assert ended.value.exit_code == Exit.HOME_UNUSABLE
    assert "cannot open /backups/archives: Permission denied (" in capsys.readouterr().err
