"""Apps that end because their platform is away come back with it; no others do."""

from dataclasses import replace
from typing import Any

import pytest
from samples import CARDS, MACHINE, SETTINGS, flavour, release
from twins import make_site, offer

from deployers.core.deploying import Made, Site, deploy_release
from deployers.core.errors import StartFailed
from deployers.core.managing import stop, update
from deployers.core.model import State
from deployers.core.watching import Watcher
from kabinet_server.domain.kinds import PodStatus

CUDA = {"kind": "cuda", "required": True}
REFUSED = {"state": State.EXITED, "exit_code": 1}


def quiet(*_: object) -> None:
    """A progress nobody listens to."""


async def deployed(site: Site, name: str = "r1", **fields: Any) -> Made:
    offer(site, release(name, flavour(name, **fields)))
    return await deploy_release(site, site.store.releases[name], quiet)


def state(site: Site, made: Made) -> State:
    return site.engine.rows[made.container.id].state


def status(site: Site, made: Made) -> PodStatus:
    return site.store.rows[made.container.id].status


async def absence(site: Site, watcher: Watcher) -> None:
    """The platform is away for one look, and its return is not looked at yet."""
    site.store.away = True
    await watcher._look_safely()
    site.store.away = False


def begun(site: Site) -> Watcher:
    """A deployer that has just been started, and has not looked yet."""
    watcher = Watcher(site)
    watcher._comeback.left()
    return watcher


@pytest.mark.parametrize("doubted", [False, True], ids=["a short absence", "a long one"])
@pytest.mark.parametrize("is_new", [False, True], ids=["the same deployer", "a new one"])
async def test_what_ended_while_the_platform_was_away_is_started_again(
    doubted: bool, is_new: bool
) -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    await absence(site, watcher)
    site.engine.happened(made.container.id, **REFUSED)
    if doubted:
        site.store.doubt()
    watcher = begun(site) if is_new else watcher
    for _ in range(2):
        await watcher._look_safely()
    assert (state(site, made), status(site, made)) == (State.RUNNING, PodStatus.RUNNING)
    assert (made.container.id, PodStatus.FAILED) not in site.store.reports


async def test_what_was_being_tried_again_when_it_was_seen_last_comes_back_too() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    site.engine.happened(made.container.id, state=State.RESTARTING, exit_code=1)
    await watcher._look_safely()
    assert status(site, made) is PodStatus.PENDING
    await absence(site, watcher)
    site.engine.happened(made.container.id, **REFUSED)
    site.store.doubt()
    await watcher._look_safely()
    assert state(site, made) is State.RUNNING


async def test_one_that_fails_again_failed_for_reasons_of_its_own() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    await absence(site, watcher)
    for expected in (State.RUNNING, State.EXITED):
        site.engine.happened(made.container.id, **REFUSED)
        await watcher._look_safely()
        assert state(site, made) is expected
    assert status(site, made) is PodStatus.FAILED
    # However often the deployer or the platform goes from now on.
    await absence(site, watcher)
    site.store.doubt()
    for one in (watcher, begun(site)):
        await one._look_safely()
    assert (state(site, made), status(site, made)) == (State.EXITED, PodStatus.FAILED)


async def test_a_look_that_never_ends_well_starts_nothing_over_and_over() -> None:
    site = make_site()
    first, second = await deployed(site, "r1"), await deployed(site, "r2")
    watcher = begun(site)
    site.store.rows[second.container.id] = replace(
        site.store.rows[second.container.id], status=PodStatus.STOPPED
    )
    site.store.refuses["update_pod"] = "its approval was revoked"
    starts: list[str] = []
    site.engine.between = lambda method: starts.append(method) if method == "start" else None
    for _ in range(3):
        site.engine.happened(first.container.id, **REFUSED)
        await watcher._look_safely()
    assert starts == ["start"]


@pytest.mark.parametrize("silent", [False, True])
async def test_what_a_person_stopped_stays_stopped(silent: bool) -> None:
    site = make_site()
    made = await deployed(site)
    await stop(site, site.store.rows[made.container.id])
    site.engine.happened(made.container.id, exit_code=1)
    if silent:
        site.store.doubt()
    await begun(site)._look_safely()
    assert state(site, made) is State.EXITED


async def test_what_a_person_was_stopping_when_the_platform_went_stays_stopped() -> None:
    site = make_site()
    made = await deployed(site)
    await site.store.update_pod(made.container.id, PodStatus.STOPPING)
    site.engine.happened(made.container.id, **REFUSED)
    site.store.doubt()
    await begun(site)._look_safely()
    assert state(site, made) is State.EXITED


async def test_what_failed_before_the_platform_went_stays_failed() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    site.engine.happened(made.container.id, **REFUSED)
    await watcher._look_safely()
    await absence(site, watcher)
    site.store.doubt()
    for one in (watcher, begun(site)):
        await one._look_safely()
    assert (state(site, made), status(site, made)) == (State.EXITED, PodStatus.FAILED)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"exit_code": 0}, State.EXITED),
        ({"exit_code": 137, "out_of_memory": True}, State.EXITED),
        # The engine was stopped, and gave up starting it again.
        ({"exit_code": 137}, State.RUNNING),
        ({"exit_code": 143}, State.RUNNING),
    ],
)
async def test_the_way_it_ended_tells_whether_it_wanted_to(how: dict, expected: State) -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.happened(made.container.id, state=State.EXITED, **how)
    await begun(site)._look_safely()
    assert state(site, made) is expected


async def test_one_that_ends_while_a_part_is_away_is_told_nothing_of_and_comes_back() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    await watcher._look_safely()
    site.store.half_away = True
    site.engine.happened(made.container.id, **REFUSED)
    for _ in range(2):
        await watcher._look_safely()
        assert status(site, made) is PodStatus.RUNNING
    site.store.half_away = False
    await watcher._look_safely()
    assert (state(site, made), status(site, made)) == (State.RUNNING, PodStatus.RUNNING)


async def test_a_failure_that_has_to_wait_keeps_no_other_report() -> None:
    site = make_site()
    first, second = await deployed(site, "r1"), await deployed(site, "r2")
    site.store.half_away = True
    site.engine.happened(first.container.id, **REFUSED)
    site.engine.happened(second.container.id, state=State.EXITED, exit_code=0)
    await Watcher(site)._look_safely()
    assert status(site, second) is PodStatus.STOPPED


async def test_one_whose_approval_was_revoked_meanwhile_stays_ended() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.happened(made.container.id, **REFUSED)
    site.store.revoke("1")
    await begun(site)._look_safely()
    assert state(site, made) is State.EXITED


async def test_one_whose_card_is_taken_stays_ended_and_is_told_as_failed() -> None:
    site = make_site(replace(MACHINE, gpus=CARDS[:1]))
    first = await deployed(site, "r1", selectors=[CUDA])
    site.engine.happened(first.container.id, **REFUSED)
    # Another deployer of the same engine, which knows of no wish for it.
    other = make_site(site.machine, replace(SETTINGS, engine="engine-2"))
    other.engine = site.engine
    await deployed(other, "r2", selectors=[CUDA])
    await begun(site)._look_safely()
    assert (state(site, first), status(site, first)) == (State.EXITED, PodStatus.FAILED)


async def test_one_that_somebody_has_in_hand_is_left_to_them() -> None:
    site = make_site()
    made = await deployed(site)
    offer(site, release("r2", flavour("r2")))
    watcher = begun(site)
    looks: list[State] = []

    async def looked(*_: Any, **__: Any) -> Any:
        # In the midst of an update the old one has ended, and is to stay so.
        site.engine.happened(made.container.id, exit_code=1)
        await watcher._look_safely()
        looks.append(state(site, made))
        raise StartFailed("the new one does not come up")

    pod = site.store.rows[made.container.id]
    site.store.issue_key = looked
    with pytest.raises(StartFailed):
        await update(site, pod, site.store.releases["r2"], quiet)
    assert looks == [State.EXITED]
    assert state(site, made) is State.RUNNING
