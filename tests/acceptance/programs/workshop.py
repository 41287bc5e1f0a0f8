"""An app with the actions the stories need: quick, long, failing, stateful and composed.

It tells its connection and its tasks on stdout, one JSON object a line. How to connect comes
from the environment (FAKTS_URL, FAKTS_MANDATE_KEY), its name from WORKSHOP.
"""

import asyncio
import json
import os
import sys
from collections.abc import Generator
from pathlib import Path

from arkitekt import App, ConnectionState, LogLevel, Task, TaskEvent, run
from arkitekt_spec.actions import Effects
from arkitekt_spec.declare.task import HookInput
from rekuest.arkitekt import rekuest as rekuest_service
from rekuest.client.client import Rekuest

NAME = os.environ.get("WORKSHOP", "org.example.workshop")
app = App(NAME, "1.0.0", services=[rekuest_service])
TICK = 0.02


def tell(what: str, **fields: object) -> None:
    """Tell the test: one line, one write."""
    sys.stdout.write(json.dumps({"what": what, **fields}) + "\n")
    sys.stdout.flush()


@app.state
class Stage:
    """Where the stage of the instrument stands."""

    x: int
    moves: int


@app.startup
async def set_up() -> Stage:
    """Home the stage."""
    return Stage(x=0, moves=0)


@app.action
def add(a: int, b: int, task: Task) -> int:
    """Add two numbers, and say so on the way."""
    task.progress(50, "half way")
    task.log("adding", LogLevel.INFO)
    return a + b


@app.action
def count(to: int) -> Generator[int, None, None]:
    """Count from one."""
    yield from range(1, to + 1)


@app.action
async def wait_for(gate: str, task: Task) -> str:
    """Wait until a file exists, and return what is written in it."""
    await task.aprogress(10, "waiting")
    while not Path(gate).exists():
        await asyncio.sleep(TICK)
    return Path(gate).read_text()


@app.action
async def pace(folder: str, steps: int, task: Task) -> int:
    """Go through steps: a pause point before each, then wait until its file exists."""
    for step in range(1, steps + 1):
        await task.apausepoint()
        await task.aprogress(step, f"step {step}")
        while not Path(folder, str(step)).exists():
            await asyncio.sleep(TICK)
    return steps


@app.action(effects=Effects.REPEATABLE)
def stumble(folder: str, times: int) -> int:
    """Raise so many times, then return how often it was called."""
    calls = len(list(Path(folder).iterdir())) + 1
    Path(folder, str(calls)).touch()
    if calls <= times:
        raise ValueError(f"stumbled {calls} times")
    return calls


@app.action
def remember(of: str) -> str:
    """Tell which task it was called for."""
    tell("remembered", of=of)
    return of


@app.workflow
async def attended(digest: str, a: int, task: Task, rekuest: Rekuest) -> int:
    """Add one in a child of its own, with something called around it."""
    adder = await rekuest.amy_implementation_at("add")
    hooks = [HookInput(kind=kind, hash=digest) for kind in ("INIT", "CLEANUP")]
    total: int = await task.acall(adder, a=a, b=1, hooks=hooks)
    return total


@app.workflow
async def glance(implementation: str, a: int, b: int, task: Task) -> int:
    """Have two numbers added by a probe: a call the platform keeps nothing of."""
    postman, *_ = task._caller()
    total = 0
    async for event in postman.aprobe(args={"a": a, "b": b}, implementation=implementation):
        if event.kind.value == "YIELD":
            total = event.returns["return0"]
        elif event.kind.value != "COMPLETED":
            raise RuntimeError(f"{event.kind.value}: {event.message}")
    return total


@app.action
def fail(message: str) -> int:
    """Raise."""
    raise ValueError(message)


@app.action
def move(to: int, stage: Stage) -> int:
    """Move the stage."""
    stage.x = to
    stage.moves += 1
    return stage.moves


@app.workflow
async def survey(stops: list[int], gate: str, task: Task, rekuest: Rekuest) -> dict[str, float]:
    """Move to each stop; wait for the gate after the first; return the time it began."""
    began = await task.anow()
    mover = await rekuest.amy_implementation_at("move")
    moves = 0
    for number, stop in enumerate(stops):
        moves = await task.acall(mover, to=stop)
        await task.aprogress(number + 1, f"at {stop}")
        while number == 0 and gate and not Path(gate).exists():
            await asyncio.sleep(TICK)
    return {"began": began, "moves": float(moves)}


def allow_probe(interface: str) -> None:
    """Let an action be probed; the decorators have no word for it, the declaration has."""
    offered = app.registry.implementations[interface]
    definition = offered.definition.model_copy(update={"allow_probe": True})
    app.registry.implementations[interface] = offered.model_copy(update={"definition": definition})


allow_probe("add")


async def on_connection(state: ConnectionState) -> None:
    """Tell where the connection stands."""
    tell("connection", state=state.value)


async def on_task(event: TaskEvent) -> None:
    """Tell what a task does."""
    tell("task", task=event.task_id, action=event.action, kind=event.kind.value)


if __name__ == "__main__":
    try:
        run(app, headless=True, connection_listener=on_connection, task_listener=on_task, mesh=None)
    except Exception as error:
        tell("ended", error=type(error).__name__, message=str(error))
        raise
