"""Starts children stage by stage, keeps them alive, stops them in reverse. Knows no service."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from deployment.child import Child, ChildSpec, State, Timing
from deployment.errors import DeploymentError, Unhealthy
from deployment.logfiles import rotate

_ROTATE_EVERY_SECONDS = 10.0

#: One thing that happened, as a JSON object with the member `event`.
Event = dict[str, Any]
Emit = Callable[[Event], None]


@dataclass(frozen=True)
class Stage:
    """Children that may start side by side."""

    children: Sequence[ChildSpec]
    #: The next stage starts only when these are healthy.
    wait: bool = True
    #: Work to do before the stage, and once it is healthy.
    before: Callable[[], Awaitable[None]] | None = None
    after: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Patience:
    """Limits of the supervisor itself."""

    timing: Timing = field(default_factory=Timing)
    start_seconds: float = 120.0
    log_bytes: int = 10_000_000
    log_files: int = 5


class NoSuchChild(DeploymentError):
    """The platform has no such part."""


class Supervisor:
    """All children of one home."""

    def __init__(self, stages: Sequence[Stage], *, patience: Patience, emit: Emit) -> None:
        self._patience = patience
        self._emit = emit
        self._began = time.monotonic()
        self._stages = [
            (stage, [Child(spec, patience.timing, self._changed) for spec in stage.children])
            for stage in stages
        ]
        self._housekeeper: asyncio.Task[None] | None = None
        self.children = {child.name: child for _, children in self._stages for child in children}

    async def start(self) -> None:
        """Start everything; raise `Unhealthy` when it does not come up in time."""
        self._housekeeper = asyncio.create_task(self._keep_house(), name="rotate logs")
        self._began = time.monotonic()
        try:
            async with asyncio.timeout(self._patience.start_seconds):
                await self._start_stages()
        except TimeoutError:
            raise self._late() from None

    async def _start_stages(self) -> None:
        started: list[Child] = []
        for stage, children in self._stages:
            if stage.before is not None:
                await stage.before()
            for child in children:
                child.start()
            started += children
            if stage.wait:
                await self._settle(children)
            if stage.after is not None:
                await stage.after()
        await self._settle(started)

    async def _settle(self, children: Sequence[Child]) -> None:
        """Wait until all are healthy; the first that fails ends the waiting."""
        waits = [asyncio.ensure_future(child.wait_settled()) for child in children]
        try:
            for done in asyncio.as_completed(waits):
                if not await done:
                    failed = next(c for c in children if c.state is State.FAILED)
                    raise Unhealthy(
                        f"{failed.name} did not start: it {failed.reason}",
                        hint=f"See {failed.spec.log}",
                    )
        finally:
            for wait in waits:
                wait.cancel()

    def _late(self) -> Unhealthy:
        late = [child for child in self.children.values() if child.state is not State.HEALTHY]
        names = ", ".join(f"{c.name} ({c.reason or c.state})" for c in late)
        return Unhealthy(
            f"not healthy after {self._patience.start_seconds:g} s: {names}",
            hint=f"See the logs in {late[0].spec.log.parent}" if late else None,
        )

    async def stop(self) -> None:
        """Stop the stages in reverse order, the children of one stage side by side."""
        for _, children in reversed(self._stages):
            await asyncio.gather(*(child.stop() for child in reversed(children)))
        if self._housekeeper is not None:
            self._housekeeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._housekeeper

    async def status(self) -> dict[str, dict[str, Any]]:
        """Ask every child how it is and return one row for each."""
        await asyncio.gather(*(child.check() for child in self.children.values()))
        return {name: self._row(child) for name, child in self.children.items()}

    @staticmethod
    def _row(child: Child) -> dict[str, Any]:
        row: dict[str, Any] = {
            "healthy": child.state is State.HEALTHY,
            "state": str(child.state),
            "pid": child.pid,
            "restarts": child.restarts,
        }
        if child.reason and child.state is not State.HEALTHY:
            row["reason"] = child.reason
        return row

    def child(self, name: str) -> Child:
        """Return a child by name."""
        try:
            return self.children[name]
        except KeyError:
            raise NoSuchChild(
                f"there is no part {name!r}; there are {', '.join(self.children)}", field="name"
            ) from None

    def _changed(self, child: Child) -> None:
        self._emit(
            {
                "event": "child",
                "name": child.name,
                "state": str(child.state),
                "reason": child.reason,
                "pid": child.pid,
                "seconds": round(time.monotonic() - self._began, 2),
            }
        )

    async def _keep_house(self) -> None:
        turn = partial(rotate, most_bytes=self._patience.log_bytes, keep=self._patience.log_files)
        while True:
            await asyncio.sleep(_ROTATE_EVERY_SECONDS)
            for child in self.children.values():
                # A full disk must not take the supervisor down; the next turn tries again.
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(turn, child.spec.log)
