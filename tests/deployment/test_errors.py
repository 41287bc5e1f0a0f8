"""Errors of the deployment: one line, a code, an exit code, and the same after a journey."""

from __future__ import annotations

import json

import pytest
import typer

from deployment import errors
from deployment.console import one_line_errors
from deployment.errors import BY_CODE, EXIT_MEANINGS, DeploymentError, Exit, from_dict


@pytest.mark.parametrize("kind", BY_CODE.values())
def test_an_error_survives_a_journey_as_json(kind: type[DeploymentError]) -> None:
    sent = kind("it went wrong", hint="do this", field="port")
    back = from_dict(json.loads(json.dumps(sent.as_dict())))
    assert type(back) is kind
    assert back.as_dict() == sent.as_dict()


def test_an_error_of_a_newer_supervisor_is_still_told() -> None:
    back = from_dict({"code": "NEW", "message": "something new"})
    assert (type(back), back.message) == (DeploymentError, "something new")
    assert from_dict({}).message == "unknown error"


def test_messages_are_one_line() -> None:
    assert DeploymentError("two\nlines   and\tmore").message == "two lines and more"


def test_every_exit_code_has_a_meaning_of_its_own() -> None:
    assert set(EXIT_MEANINGS) == set(Exit)
    assert len(set(EXIT_MEANINGS.values())) == len(Exit)
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = [k.exit_code for k in kinds if issubclass(k, DeploymentError)]
    assert set(codes) <= set(Exit) - {Exit.OK, Exit.USAGE}


def test_a_refusal_keeps_the_code_of_the_service() -> None:
    refusal = errors.CommandRefused("there is one", code="CONFLICT", field="slug")
    assert refusal.as_dict() == {"code": "CONFLICT", "message": "there is one", "field": "slug"}
    assert refusal.exit_code == Exit.REFUSED


@pytest.mark.parametrize("as_json", [True, False])
def test_a_command_reports_an_error_once(capsys, as_json: bool) -> None:
    with pytest.raises(typer.Exit) as ending, one_line_errors(as_json=as_json):
        raise errors.PortTaken("port 1 is taken", hint="take another")
    out, err = capsys.readouterr()
    assert ending.value.exit_code == Exit.PORT_TAKEN
    assert err == "error: port 1 is taken (take another)\n"
    if as_json:
        assert json.loads(out)["error"]["code"] == "PORT_TAKEN"
    else:
        assert out == ""


def test_an_interrupted_command_says_so(capsys) -> None:
    with pytest.raises(typer.Exit) as ending, one_line_errors(as_json=False):
        raise KeyboardInterrupt
    assert ending.value.exit_code == 130
    assert "interrupted" in capsys.readouterr().err
