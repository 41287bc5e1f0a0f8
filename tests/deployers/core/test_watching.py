"""The background work on the twins: adopting, reporting, revoking, and patience with Kabinet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from samples import SETTINGS, container, release
from twins import make_site, offer

from deployers.core.adoption import DENIALS
from deployers.core.deploying import Made, Site, deploy_release
from deployers.core.errors import StoreUnavailable
from deployers.core.labels import Belonging, to_labels
from deployers.core.model import State, Values
from deployers.core.watching import Watcher
from kabinet_server.domain.kinds import PodStatus


async def deployed(site: Site, name: str = "r1") -> Made:
    offer(site, release(name))
    return await deploy_release(site, site.store.releases[name], lambda *_: None)


@asynccontextmanager
async def watching(site: Site) -> AsyncIterator[asyncio.Event]:
    """Run a watcher; the event is set after each look that went well."""
    looked = asyncio.Event()
    task = asyncio.create_task(Watcher(site, looked=looked.set).run())
    try:
        yield looked
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_it_gives_signs_of_life_also_while_the_platform_is_away() -> None:
    site = make_site()
    site.store.away = True
    beats = asyncio.Event()
    task = asyncio.create_task(Watcher(site, alive=beats.set, beat_seconds=0.01).run())
    for _ in range(2):
        async with asyncio.timeout(120):
            await beats.wait()
        beats.clear()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_when_all_agrees_nothing_is_told() -> None:
    site = make_site()
    await deployed(site)
    site.store.reports.clear()
    await Watcher(site).look()
    assert site.store.reports == []


async def test_a_container_that_died_is_reported_with_its_last_words() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.written[made.container.id] = "last line"
    site.engine.happened(made.container.id, state=State.EXITED, exit_code=137, out_of_memory=True)
    await Watcher(site).look()
    assert site.store.rows[made.container.id].status is PodStatus.FAILED
    assert "more memory" in site.store.dumps[0][1]
    assert "last line" in site.store.dumps[0][1]


async def test_a_container_that_ended_well_leaves_its_log_too() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.written[made.container.id] = "all done"
    site.engine.happened(made.container.id, state=State.EXITED, exit_code=0)
    await Watcher(site).look()
    assert site.store.rows[made.container.id].status is PodStatus.STOPPED
    assert site.store.dumps == [(made.pod, "all done\n")]


async def test_secrets_of_an_app_are_hidden_also_by_a_deployer_that_adopted_it() -> None:
    site = make_site()
    made = await deployed(site)
    # Nothing of it is in the memory of this process: it is asked of the store when it is needed.
    site.store.set["d1"] = Values({}, {"TOKEN": "hush-hush"})
    site.engine.written[made.container.id] = "login as hush-hush failed"
    site.engine.happened(made.container.id, state=State.EXITED, exit_code=1)
    await Watcher(site).look()
    ((_, text),) = site.store.dumps
    assert "hush" not in text
    assert "login as [hidden] failed" in text


async def test_a_container_that_vanished_is_reported_as_stopped_once() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.rows.clear()
    watcher = Watcher(site)
    await watcher.look()
    await watcher.look()
    assert site.store.reports.count((made.container.id, PodStatus.STOPPED)) == 1


async def test_a_new_deployer_adopts_what_runs() -> None:
    site = make_site()
    made = await deployed(site)
    site.store.rows.clear()
    await Watcher(site).look()
    (pod,) = site.store.rows.values()
    assert pod.local_id == made.container.id
    assert len(site.engine.rows) == 1
    await Watcher(site).look()
    assert site.store.rows[made.container.id].status is PodStatus.RUNNING


async def test_what_runs_is_left_alone_while_kabinet_is_away() -> None:
    site = make_site()
    made = await deployed(site)
    site.store.away = True
    watcher = Watcher(site)
    before = watcher.pause
    for _ in range(DENIALS + 2):
        await watcher._look_safely()
    assert site.engine.rows[made.container.id].state is State.RUNNING
    assert watcher.pause > before
    site.store.away = False
    await watcher._look_safely()
    assert watcher.pause == before


async def test_what_happened_while_kabinet_was_away_is_told_afterwards() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    site.store.away = True
    await watcher._look_safely()
    site.engine.happened(made.container.id, state=State.EXITED, exit_code=137, out_of_memory=True)
    site.store.away = False
    await watcher.look()
    assert site.store.rows[made.container.id].status is PodStatus.FAILED


async def test_a_stray_is_stopped_only_after_repeated_denials() -> None:
    site = make_site()
    made = await deployed(site)
    site.store.rows.clear()
    site.store.deployments.clear()
    watcher = Watcher(site)
    for _ in range(DENIALS):
        await watcher.look()
        assert site.engine.rows[made.container.id].state is State.RUNNING
    await watcher.look()
    assert site.engine.rows[made.container.id].state is State.EXITED


async def test_denials_count_only_while_they_last() -> None:
    site = make_site()
    made = await deployed(site)
    wishes = dict(site.store.deployments)
    site.store.rows.clear()
    site.store.deployments.clear()
    watcher = Watcher(site)
    for _ in range(DENIALS - 1):
        await watcher.look()
    site.store.deployments.update(wishes)
    await watcher.look()
    assert made.container.id in site.store.rows
    assert site.engine.rows[made.container.id].state is State.RUNNING


async def test_a_pod_deleted_in_kabinet_is_not_brought_back() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    await watcher.look()
    site.store.rows.clear()
    for _ in range(DENIALS + 1):
        await watcher.look()
    assert site.store.rows == {}
    assert site.engine.rows[made.container.id].state is State.EXITED


async def test_a_revoked_approval_stops_its_containers_and_no_other() -> None:
    site = make_site()
    first, second = await deployed(site, "r1"), await deployed(site, "r2")
    site.store.revoke("1")
    await Watcher(site).look()
    assert site.engine.rows[first.container.id].state is State.EXITED
    assert site.store.rows[first.container.id].status is PodStatus.STOPPED
    assert site.engine.rows[second.container.id].state is State.RUNNING


async def test_a_stale_approval_stops_nothing() -> None:
    site = make_site()
    made = await deployed(site)
    site.store.given = [replace(one, is_active=False) for one in site.store.given]
    await Watcher(site).look()
    assert site.engine.rows[made.container.id].state is State.RUNNING


async def test_containers_of_others_are_not_touched() -> None:
    site = make_site()
    site.engine.rows["mine"] = container("mine")
    theirs = Belonging("engine-2", "1", "d", "f", "1", "m", "r")
    site.engine.rows["theirs"] = container("theirs", labels=to_labels(theirs))
    offer(site, release())
    site.store.revoke("1")
    watcher = Watcher(site)
    for _ in range(DENIALS + 2):
        await watcher.look()
    assert {row.state for row in site.engine.rows.values()} == {State.RUNNING}
    assert site.store.rows == {}


async def test_the_client_of_a_container_is_told_once_it_is_known() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    await watcher.look()
    assert site.store.rows[made.container.id].client is None
    site.store.clients["m1"] = "client-7"
    await watcher.look()
    assert site.store.rows[made.container.id].client == "client-7"
    site.store.calls.clear()
    await watcher.look()
    assert "client_of" not in site.store.calls


async def test_an_interval_set_from_afar_counts_at_the_next_look() -> None:
    site = make_site()
    watcher = Watcher(site)
    assert watcher.pause == SETTINGS.sync_seconds
    site.store.values = {"docker.sync_interval": 60}
    await watcher.look()
    assert watcher.pause == 60
    site.store.values = {}
    await watcher.look()
    assert watcher.pause == SETTINGS.sync_seconds


async def test_a_platform_without_remote_values_works_too() -> None:
    site = make_site()
    await deployed(site)
    site.store.refuses["remote_values"] = "there is no such thing"
    await Watcher(site).look()
    assert "pods" in site.store.calls


async def test_values_that_cannot_be_had_keep_nobody_from_looking() -> None:
    site = make_site()
    made = await deployed(site)
    watcher = Watcher(site)
    site.store.values = {"docker.sync_interval": 60}
    await watcher.look()

    async def away() -> dict[str, object]:
        raise StoreUnavailable("fakts cannot be reached")

    site.store.remote_values = away
    site.engine.happened(made.container.id, state=State.EXITED, exit_code=1)
    await watcher.look()
    assert site.store.rows[made.container.id].status is PodStatus.FAILED
    assert watcher.pause == 60


async def test_an_event_of_the_engine_is_answered_before_the_interval() -> None:
    site = make_site(settings=replace(SETTINGS, sync_seconds=600))
    made = await deployed(site)
    async with watching(site) as looked, asyncio.timeout(120):
        await looked.wait()
        looked.clear()
        site.engine.happened(made.container.id, state=State.EXITED, exit_code=2)
        await looked.wait()
    assert site.store.rows[made.container.id].status is PodStatus.FAILED


async def test_the_interval_finds_what_no_event_told() -> None:
    site = make_site(settings=replace(SETTINGS, sync_seconds=0.05))
    made = await deployed(site)
    async with watching(site) as looked, asyncio.timeout(120):
        await looked.wait()
        site.engine.rows[made.container.id] = replace(
            site.engine.rows[made.container.id], state=State.DEAD
        )
        while site.store.rows[made.container.id].status is not PodStatus.FAILED:
            looked.clear()
            await looked.wait()
    assert site.store.dumps


async def test_signs_of_life_come_however_rarely_one_looks() -> None:
    site = make_site(settings=replace(SETTINGS, sync_seconds=600))
    watcher = Watcher(site, beat_seconds=0.02)
    task = asyncio.create_task(watcher.run())
    async with asyncio.timeout(120):
        while site.store.calls.count("declare_backend") < 3:
            await asyncio.sleep(0.01)
        # An outage ends neither the watching nor the signs.
        site.store.away = True
        await asyncio.sleep(0.1)
        site.store.away = False
        before = site.store.calls.count("declare_backend")
        while site.store.calls.count("declare_backend") < before + 3:
            await asyncio.sleep(0.01)
    assert site.store.calls.count("pods") == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_engine_that_is_away_ends_nothing() -> None:
    site = make_site(settings=replace(SETTINGS, sync_seconds=0.05))
    await deployed(site)
    async with watching(site) as looked, asyncio.timeout(120):
        await looked.wait()
        site.engine.away = True
        await asyncio.sleep(0.1)
        site.engine.away = False
        looked.clear()
        await looked.wait()
    assert [pod.status for pod in site.store.rows.values()] == [PodStatus.RUNNING]


async def test_one_that_looks_once_an_hour_is_told_otherwise_between_two_looks() -> None:
    site = make_site()
    site.store.values = {"docker.sync_interval": 3600}
    looked = asyncio.Event()
    watcher = Watcher(site, looked=looked.set, beat_seconds=0.01)
    running = asyncio.create_task(watcher.run())
    async with asyncio.timeout(120):
        while watcher.pause != 3600:
            await asyncio.sleep(0.01)
        site.store.values = {"docker.sync_interval": 2}
        while watcher.pause != 2:
            await asyncio.sleep(0.01)
        looked.clear()
        await looked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
