"""What can go wrong with an installation; every error is one clear line and an exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit codes of the command line, the same for every command."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    NOT_RUNNING = 3
    ALREADY_RUNNING = 4
    UNHEALTHY = 5
    PORT_TAKEN = 6
    HOME_UNUSABLE = 7
    TOOL_MISSING = 8
    CONFIG = 9


#: Meaning of each code, shown by `bauhof --help`.
EXIT_MEANINGS: dict[Exit, str] = {
    Exit.OK: "done",
    Exit.REFUSED: "the command was refused or found problems",
    Exit.USAGE: "wrong option or argument",
    Exit.NOT_RUNNING: "no platform runs on this home",
    Exit.ALREADY_RUNNING: "a platform already runs on this home",
    Exit.UNHEALTHY: "a part is not healthy, or did not become healthy",
    Exit.PORT_TAKEN: "the port is taken",
    Exit.HOME_UNUSABLE: "the home folder cannot be used (rights, space, lock)",
    Exit.TOOL_MISSING: "a program that is needed is missing or does not run",
    Exit.CONFIG: "the configuration has an error",
}


class DeploymentError(Exception):
    """The command could not be carried out."""

    exit_code: ClassVar[Exit] = Exit.REFUSED
    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str, *, hint: str | None = None, field: str | None = None) -> None:
        self.message = " ".join(message.split())
        self.hint = hint
        self.field = field
        super().__init__(self.message)

    def as_dict(self) -> dict[str, object]:
        """Return the JSON form that `--json` prints."""
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.hint:
            body["hint"] = self.hint
        if self.field:
            body["field"] = self.field
        return body


class NotRunning(DeploymentError):
    """No platform runs on the home."""

    exit_code = Exit.NOT_RUNNING
    code = "NOT_RUNNING"


class AlreadyRunning(DeploymentError):
    """A supervisor already holds the home."""

    exit_code = Exit.ALREADY_RUNNING
    code = "ALREADY_RUNNING"


class Unhealthy(DeploymentError):
    """A child did not become healthy."""

    exit_code = Exit.UNHEALTHY
    code = "UNHEALTHY"


class PortTaken(DeploymentError):
    """The port that was asked for cannot be listened on."""

    exit_code = Exit.PORT_TAKEN
    code = "PORT_TAKEN"


class HomeUnusable(DeploymentError):
    """The home folder cannot be written."""

    exit_code = Exit.HOME_UNUSABLE
    code = "HOME_UNUSABLE"


class ToolMissing(DeploymentError):
    """A program the platform needs is missing or does not run."""

    exit_code = Exit.TOOL_MISSING
    code = "TOOL_MISSING"


class ConfigProblem(DeploymentError):
    """A key of the configuration has a value that cannot be used."""

    exit_code = Exit.CONFIG
    code = "CONFIG"


class CommandRefused(DeploymentError):
    """A service refused an administration command."""

    def __init__(
        self, message: str, *, code: str, field: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint, field=field)
        self.refusal = code

    def as_dict(self) -> dict[str, object]:
        """Return the JSON form with the code of the service that refused."""
        return {**super().as_dict(), "code": self.refusal}


#: Errors that travel through a pipe or a socket are rebuilt from their code.
BY_CODE: dict[str, type[DeploymentError]] = {
    kind.code: kind
    for kind in (
        DeploymentError,
        NotRunning,
        AlreadyRunning,
        Unhealthy,
        PortTaken,
        HomeUnusable,
        ToolMissing,
        ConfigProblem,
    )
}


def from_dict(body: dict[str, object]) -> DeploymentError:
    """Rebuild an error that another process wrote with `as_dict`."""
    kind = BY_CODE.get(str(body.get("code")), DeploymentError)
    hint, field = body.get("hint"), body.get("field")
    return kind(
        str(body.get("message", "unknown error")),
        hint=str(hint) if hint else None,
        field=str(field) if field else None,
    )


def no_installation(root: object) -> DeploymentError:
    """Return the error of a command that needs what is not there."""
    return DeploymentError(
        f"there is no installation in {root}",
        hint="Name it with --home or BAUHOF_HOME; `bauhof up` and `bauhof init` make one.",
    )
