"""The supervisor with stand-ins: order of start and stop, restarts, children that fail."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from standing import alive, diary, spec, supervisor, until

from deployment.child import State
from deployment.errors import Unhealthy
from deployment.supervisor import NoSuchChild, Stage


async def test_stages_start_in_order_and_stop_in_reverse(folder: Path) -> None:
    steps: list[str] = []

    async def step(name: str) -> None:
        steps.append(f"{name} {len(diary(folder))}")

    events: list = []
    crew = supervisor(
        Stage([spec(folder, "base")], before=lambda: step("before"), after=lambda: step("after")),
        Stage([spec(folder, "left"), spec(folder, "right")], wait=False),
        Stage([spec(folder, "door")]),
        events=events,
    )
    await crew.start()
    started = diary(folder)
    await crew.stop()
    stopped = diary(folder)[len(started) :]

    assert steps == ["before 0", "after 1"]
    assert started[0] == "base started"
    assert set(started[1:]) == {"left started", "right started", "door started"}
    assert stopped[0] == "door stopped"
    assert set(stopped[1:3]) == {"left stopped", "right stopped"}
    assert stopped[3] == "base stopped"
    assert all(child.state is State.STOPPED for child in crew.children.values())
    # A child that was told to stop is not taken for a dead one.
    assert "restarting" not in {event["state"] for event in events}


async def test_a_child_that_dies_is_started_again_without_its_first_work(folder: Path) -> None:
    events: list = []
    crew = supervisor(Stage([spec(folder, "one")]), events=events)
    await crew.start()
    child = crew.child("one")
    first = child.pid
    try:
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.restarts == 1 and child.state is State.HEALTHY)
        assert child.pid not in (None, first)
        assert diary(folder) == ["one started", "one started again"]
        reasons = [e["reason"] for e in events if e["state"] == "restarting"]
        assert reasons == ["was ended by SIGKILL; starts again in 0.1 s"]
    finally:
        await crew.stop()


async def test_restarts_of_a_child_that_keeps_dying_become_rarer(folder: Path) -> None:
    events: list = []
    crew = supervisor(Stage([spec(folder, "one")]), events=events)
    await crew.start()
    child = crew.child("one")
    try:
        for number in range(4):
            await child.kill()
            await until(lambda n=number: child.restarts == n + 1 and child.state is State.HEALTHY)
        delays = [e["reason"].rsplit(" ", 2)[1] for e in events if e["state"] == "restarting"]
        assert delays == ["0.1", "0.1", "0.2", "0.2"]
    finally:
        await crew.stop()


async def test_a_child_that_never_starts_is_given_up_with_its_last_words(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "one", "--exit", "3")]))
    with pytest.raises(Unhealthy, match="one did not start: it ended with code 3: one cannot work"):
        await crew.start()
    assert diary(folder) == ["one started"] * 3
    await crew.stop()


async def test_a_configuration_error_is_not_tried_again(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "one", "--exit", "78")]))
    with pytest.raises(Unhealthy, match="code 78"):
        await crew.start()
    assert diary(folder) == ["one started"]
    await crew.stop()


async def test_a_start_that_takes_too_long_names_who_is_late_and_why(folder: Path) -> None:
    (folder / "slow.ill").touch()
    crew = supervisor(Stage([spec(folder, "slow"), spec(folder, "fast")]), start_seconds=1.0)
    with pytest.raises(Unhealthy) as late:
        await crew.start()
    await crew.stop()

    assert late.value.message == "not healthy after 1 s: slow (database: It is away.)"


async def test_illness_is_noticed_and_passes(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "one")]))
    await crew.start()
    try:
        (folder / "one.ill").touch()
        row = (await crew.status())["one"]
        assert (row["healthy"], row["state"]) == (False, "unhealthy")
        assert row["reason"] == "database: It is away."
        (folder / "one.ill").unlink()
        assert (await crew.status())["one"]["healthy"] is True
    finally:
        await crew.stop()


async def test_a_child_that_does_not_listen_to_the_stop_signal_is_killed(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "deaf", "--deaf")]))
    await crew.start()
    pid = crew.child("deaf").pid
    await crew.stop()

    assert not alive(pid)
    assert crew.child("deaf").state is State.STOPPED


async def test_a_child_may_be_stopped_and_started_alone(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "one"), spec(folder, "two")]))
    await crew.start()
    try:
        child = crew.child("one")
        await child.stop()
        await asyncio.sleep(0.5)
        assert (child.state, child.pid) == (State.STOPPED, None)
        assert crew.child("two").state is State.HEALTHY
        child.start()
        assert await child.wait_settled()
        assert child.pid is not None
    finally:
        await crew.stop()


async def test_stopping_does_not_wait_for_a_back_off(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "one")]))
    await crew.start()
    child = crew.child("one")
    child._timing = type(child._timing)(restart_first_seconds=600, restart_most_seconds=600)
    await child.kill()
    await crew.stop()
    assert child.state is State.STOPPED


async def test_a_program_that_is_not_there_is_an_ordinary_failure(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "one", command=["/nonexistent/program"])]))
    with pytest.raises(Unhealthy, match="one did not start"):
        await crew.start()
    await crew.stop()


async def test_an_unknown_child_is_named_with_the_known_ones(folder: Path) -> None:
    crew = supervisor(Stage([spec(folder, "one")]))
    with pytest.raises(NoSuchChild, match="there is no part 'two'; there are one"):
        crew.child("two")
