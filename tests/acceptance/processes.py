"""Client programs as processes of their own: started with a private home, read line by line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Message = dict[str, Any]
PROGRAMS = Path(__file__).parent / "programs"
PATIENCE = 180.0
"""Seconds a story waits for something that ought to come soon."""
_STEP = 0.05


class Late(AssertionError):
    """Something did not come in time; the message tells what was there instead."""


def open_gate(gate: Path, text: str) -> None:
    """Write what a program waits for in one step, so that it never reads half of it."""
    draft = gate.with_name(f"{gate.name}.draft")
    draft.write_text(text)
    draft.replace(gate)


def eventually(
    condition: Callable[[], Any], what: str, timeout: float = PATIENCE, *, step: float = _STEP
) -> Any:
    """Ask until the answer is truthy, and return it; fails when the time is over."""
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise Late(f"{what}: not within {timeout:g} s")
        time.sleep(step)
    return answer


def private_environment(home: Path, **variables: str) -> dict[str, str]:
    """The variables of a client process: nothing of ours, caches and ids of its own."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "ARKITEKT_DEVICE_ID": home.name,
        "ARKITEKT_MESH": "0",
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",
        **variables,
    }


class Program:
    """A running process: what it wrote, as parsed lines, and how to end it."""

    def __init__(self, command: list[str], *, home: Path, environment: Mapping[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.errors = home / f"stderr-{time.time_ns()}.txt"
        self.lines: list[str] = []
        self.messages: list[Message] = []
        self._news = threading.Condition()
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command,
                cwd=home,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                if line.startswith("{"):
                    self.messages.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def output(self) -> str:
        """Everything written on stdout so far."""
        with self._news:
            return "\n".join(self.lines)

    def seen(self, **fields: Any) -> list[Message]:
        """The messages so far that hold these fields."""
        with self._news:
            return [m for m in self.messages if all(m.get(k) == v for k, v in fields.items())]

    def wait(self, *, after: int = 0, timeout: float = PATIENCE, **fields: Any) -> Message:
        """The first message that holds these fields, once more than ``after`` of them came."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.seen(**fields)
            if len(found) > after:
                return found[after]
            left = deadline - time.monotonic()
            with self._news:
                ended = not self._reader.is_alive()
                if ended or left <= 0:
                    break
                self._news.wait(min(left, 0.5))
        raise Late(self._report(fields, ended=ended))

    def wait_text(self, text: str, timeout: float = PATIENCE) -> str:
        """The first output line that holds a text."""

        def find() -> str | None:
            with self._news:
                return next((line for line in self.lines if text in line), None)

        found: str = eventually(find, f"{text!r} in the output\n{self.output}", timeout)
        return found

    def _report(self, fields: Mapping[str, Any], *, ended: bool) -> str:
        state = f"ended with {self.process.poll()}" if ended else "did not say it in time"
        tail = self.errors.read_text(errors="replace")[-3000:]
        return f"{fields} was not said: the program {state}.\n{self.output[-3000:]}\n{tail}"

    def say(self, message: Message) -> None:
        """Write one line to the program's stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def freeze(self) -> None:
        """Stop it from running without ending it."""
        os.killpg(self.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.alive():
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)

    def ended(self, timeout: float = PATIENCE) -> int:
        """Wait for its end; the exit code."""
        code = self.process.wait(timeout=timeout)
        self._reader.join(timeout=PATIENCE)
        return code

    def close(self) -> None:
        """End it if need be and let go of its pipes."""
        self.kill()
        self._reader.join(timeout=PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def stop(self) -> int:
        """End it as Ctrl-C would."""
        if self.alive():
            os.killpg(self.pid, signal.SIGINT)
        return self.ended()


class Order:
    """One order to the calling program, and what it answered so far."""

    def __init__(self, caller: Caller, number: int) -> None:
        self.caller = caller
        self.number = number

    def answers(self) -> Iterator[Message]:
        """Every answer so far."""
        yield from self.caller.program.seen(id=self.number)

    def events(self) -> list[Message]:
        """The task events told so far."""
        return [answer["event"] for answer in self.answers() if "event" in answer]

    def kinds(self) -> list[str]:
        """Their kinds."""
        return [event["kind"] for event in self.events()]

    def values(self) -> list[Any]:
        """The values a generator gave so far."""
        return [answer["value"] for answer in self.answers() if "value" in answer]

    @property
    def task(self) -> str:
        """The id of the task, once an event told it."""
        events = eventually(self.events, "an event of the task")
        return str(events[0]["task"])

    def event(self, kind: str, *, after: int = 0, timeout: float = PATIENCE) -> Message:
        """Wait for an event of a kind."""

        def find() -> list[Message]:
            return [event for event in self.events() if event["kind"] == kind][after:]

        try:
            found: list[Message] = eventually(find, kind, timeout)
        except Late as late:
            raise Late(f"{late}; there were {self.kinds()}") from None
        return found[0]

    def end(self, timeout: float = PATIENCE) -> Message:
        """Wait for the last answer."""
        return self.caller.program.wait(id=self.number, done=True, timeout=timeout)

    def result(self, timeout: float = PATIENCE) -> Any:
        """Wait for the result; an error fails the test."""
        end = self.end(timeout)
        assert "error" not in end, end
        return end["result"]


class Caller:
    """The calling program, with its orders as methods."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._count = 0
        #: The operations of the client's own methods that were answered with a result.
        self.resolved: set[str] = set()
        program.wait(id=0, done=True)

    def order(self, do: str, **fields: Any) -> Order:
        """Give an order."""
        self._count += 1
        self.program.say({"id": self._count, "do": do, **fields})
        return Order(self, self._count)

    def invoke(self, method: str, **arguments: Any) -> Any:
        """Call a generated method of the client and return what it gave."""
        end = self.order("invoke", method=method, args=arguments).end()
        assert "error" not in end, (method, end)
        self.resolved.add(end["operation"])
        return end["result"]

    def graphql(self, document: str, **variables: Any) -> Any:
        """Send a document and return its data."""
        return self.order("graphql", document=document, variables=variables).result()

    def implementation(self, app: str, interface: str) -> Message:
        """The implementation an app offers at an interface."""

        def find() -> Message | None:
            agent = self.invoke("aget_agent_by_identifiers", app=app)
            offered = self.invoke("alist_implementations")
            return next(
                (
                    found
                    for found in offered
                    if found["interface"] == interface and found["agent"]["id"] == agent["id"]
                ),
                None,
            )

        found: Message = eventually(find, f"{interface} of {app}")
        return found

    def watch(self, implementation: Message, **arguments: Any) -> Order:
        """Assign and follow the events."""
        return self.order("watch", implementation=implementation["id"], args=arguments)

    def call(self, implementation: Message, **arguments: Any) -> Order:
        """Call with the client's own method and wait for the value."""
        return self.order("call", implementation=implementation["id"], args=arguments)

    def events_of(self, task: str) -> list[Message]:
        """The recorded events of a task, oldest first."""
        events: list[Message] = self.invoke("atask_events", id=task)["events"]
        return events

    def kinds_of(self, task: str) -> list[str]:
        """The kinds of the recorded events."""
        return [event["kind"] for event in self.events_of(task)]
