"""An organization of one story's own: its user, its apps and its calling programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from platform_handle import Platform
from processes import PROGRAMS, Caller, Message, Program, private_environment


class Lab:
    """Starts client programs as members of one organization, and ends them all."""

    def __init__(self, platform: Platform, *, name: str, folder: Path, python: Path) -> None:
        self.platform = platform
        self.organization = name
        self.user = f"{name}-user"
        self.password = "seven blue doors"
        self.folder = folder
        self.python = python
        self.programs: list[Program] = []
        self._keys: dict[str, str] = {}
        self._workshop: Program | None = None
        self._caller: Caller | None = None
        platform.run("org", "create", name)
        self.add_user(self.user, self.password)

    def add_user(self, name: str, password: str, role: str = "user") -> None:
        """Make a user who is a member."""
        self.platform.run(
            *("user", "create", name, "--org", self.organization, "--role", role),
            "--password-stdin",
            stdin=password,
        )

    def key(self, *options: str) -> str:
        """A mandate key of the lab's user."""
        return str(self.new_key(*options)["key"])

    def new_key(self, *options: str) -> Message:
        """A mandate key with its id."""
        return self.platform.run(
            "key", "create", "--user", self.user, "--org", self.organization, *options
        )

    def approve(self, code: str, *options: str) -> Message:
        """Approve a device login by the command line."""
        member = ("--user", self.user, "--org", self.organization)
        return self.platform.run("device", "approve", code, *member, *options)

    def key_of(self, identity: str) -> str:
        """The one key of a program: a second start with it is the same client again."""
        if identity not in self._keys:
            self._keys[identity] = self.key()
        return self._keys[identity]

    def start(
        self, program: str | Sequence[str], identity: str, *, key: str | None = None, **env: str
    ) -> Program:
        """Start a program of ``programs/``, or a command; the identity names its private home."""
        home = self.folder / identity
        if key is not None:
            env["FAKTS_MANDATE_KEY"] = key
        environment = private_environment(home, **{"FAKTS_URL": self.platform.url, **env})
        if isinstance(program, str):
            command = [str(self.python), str(PROGRAMS / f"{program}.py")]
        else:
            command = [str(self.python.parent / program[0]), *program[1:]]
        started = Program(command, home=home, environment=environment)
        self.programs.append(started)
        return started

    def workshop(self) -> Program:
        """Start the workshop app (a second start is the same app on the same device)."""
        self._workshop = self.start("workshop", "workshop", key=self.key_of("workshop"))
        self._workshop.wait(what="connection", state="registered")
        return self._workshop

    def caller(self) -> Caller:
        """Start a fresh calling program."""
        identity = f"caller-{len(self.programs)}"
        self._caller = Caller(self.start("caller", identity, key=self.key_of("caller")))
        return self._caller

    def running_workshop(self) -> Program:
        """The workshop app, started if it does not run."""
        if self._workshop is None or not self._workshop.alive():
            return self.workshop()
        return self._workshop

    def running_caller(self) -> Caller:
        """The newest calling program, started if none runs."""
        if self._caller is None or not self._caller.program.alive():
            return self.caller()
        return self._caller

    def close(self) -> None:
        """End every program."""
        for program in self.programs:
            program.close()
