"""Stopping, starting, removing, updating and pruning on the twins."""

from dataclasses import replace

import pytest
from samples import CARDS, MACHINE, container, flavour, image_of, release
from twins import make_site, offer

from deployers.core.deploying import Made, Site, deploy_release
from deployers.core.errors import (
    NoCardFree,
    NoSuchContainer,
    NotApproved,
    NothingFits,
    PullFailed,
    StartFailed,
    StoreRefused,
)
from deployers.core.managing import install, prune, remove, restart, start, stop, update
from deployers.core.model import State
from deployers.core.specifying import volume_name
from kabinet_server.domain.kinds import PodStatus

CUDA = {"kind": "cuda", "required": True}


def quiet(*_: object) -> None:
    """A progress nobody listens to."""


async def deployed(site: Site, name: str = "r1", **fields: object) -> Made:
    offer(site, release(name, flavour(name, **fields)))
    return await deploy_release(site, site.store.releases[name], quiet)


def pod_of(site: Site, made: Made):
    return site.store.rows[made.container.id]


async def test_a_stopped_container_stays_and_starts_again() -> None:
    site = make_site()
    made = await deployed(site)
    await stop(site, pod_of(site, made))
    assert site.engine.rows[made.container.id].state is State.EXITED
    assert pod_of(site, made).status is PodStatus.STOPPED
    await start(site, pod_of(site, made), quiet)
    assert site.engine.rows[made.container.id].state is State.RUNNING
    assert pod_of(site, made).status is PodStatus.RUNNING
    assert site.store.keys == {"m1": True}


async def test_stopping_twice_is_no_error() -> None:
    site = make_site()
    made = await deployed(site)
    await stop(site, pod_of(site, made))
    site.store.calls.clear()
    await stop(site, pod_of(site, made))
    assert site.store.calls == []
    assert pod_of(site, made).status is PodStatus.STOPPED


async def test_stopping_what_failed_leaves_it_failed_unless_it_runs_again() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.happened(made.container.id, state=State.EXITED, exit_code=1)
    await site.store.update_pod(made.container.id, PodStatus.FAILED)
    site.store.reports.clear()
    await stop(site, pod_of(site, made))
    assert site.store.reports == []
    # Somebody started it past the store, and Kabinet has not heard of it yet; it takes no report
    # of a shutdown from what has ended.
    site.engine.happened(made.container.id, state=State.RUNNING)
    await stop(site, pod_of(site, made))
    assert site.engine.rows[made.container.id].state is State.EXITED
    assert site.store.reports == [(made.container.id, PodStatus.STOPPED)]


async def test_starting_what_runs_changes_nothing() -> None:
    site = make_site()
    made = await deployed(site)
    site.store.calls.clear()
    await start(site, pod_of(site, made), quiet)
    assert site.store.calls == []


async def test_a_restart_ends_running_under_the_same_id() -> None:
    site = make_site()
    made = await deployed(site)
    await restart(site, pod_of(site, made), quiet)
    assert list(site.engine.rows) == [made.container.id]
    assert pod_of(site, made).status is PodStatus.RUNNING


async def test_a_revoked_app_does_not_start_again() -> None:
    site = make_site()
    made = await deployed(site)
    await stop(site, pod_of(site, made))
    site.store.revoke("1")
    with pytest.raises(NotApproved, match="revoked"):
        await start(site, pod_of(site, made), quiet)
    assert site.engine.rows[made.container.id].state is State.EXITED


async def test_an_app_whose_card_was_taken_meanwhile_does_not_start() -> None:
    site = make_site(replace(MACHINE, gpus=CARDS[:1]))
    first = await deployed(site, "r1", selectors=[CUDA])
    await stop(site, pod_of(site, first))
    second = await deployed(site, "r2", selectors=[CUDA])
    with pytest.raises(NoCardFree, match="in use by another app"):
        await start(site, pod_of(site, first), quiet)
    await stop(site, pod_of(site, second))
    await start(site, pod_of(site, first), quiet)
    assert pod_of(site, first).status is PodStatus.RUNNING


async def test_removing_takes_container_key_and_pod_and_leaves_the_data() -> None:
    site = make_site()
    one = flavour("r1")
    offer(site, release("r1", one))
    site.engine.offered[one.image] = image_of(one, volumes=("/data",))
    made = await deploy_release(site, site.store.releases["r1"], quiet)
    (volume,) = site.engine.volumes
    assert volume == volume_name("engine-1", "org.example.app", "/data")
    await remove(site, pod_of(site, made))
    assert site.engine.rows == {}
    assert site.store.rows == {}
    assert site.store.keys == {"m1": False}
    assert site.engine.volumes == {volume}


async def test_removing_with_the_data_takes_it_too() -> None:
    site = make_site()
    one = flavour("r1")
    offer(site, release("r1", one))
    site.engine.offered[one.image] = image_of(one, volumes=("/data", "/cache"))
    made = await deploy_release(site, site.store.releases["r1"], quiet)
    assert len(site.engine.volumes) == 2
    await remove(site, pod_of(site, made), with_data=True)
    assert site.engine.volumes == set()


async def test_a_key_that_is_not_ours_to_end_keeps_nothing_from_being_removed() -> None:
    site = make_site()
    made = await deployed(site)
    site.store.refuses["revoke_key"] = "this mandate is not yours"
    await remove(site, pod_of(site, made))
    assert site.engine.rows == {}
    assert site.store.rows == {}


async def test_what_a_container_wrote_is_kept_when_it_is_removed() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.written[made.container.id] = "bmk_secret-of-m1 said\nthe last line"
    await remove(site, pod_of(site, made))
    assert site.store.dumps == [(made.pod, "[hidden] said\nthe last line\n")]
    # Before the pod is forgotten, or nobody could keep it.
    assert site.store.calls.index("dump_logs") < site.store.calls.index("delete_pod")


async def test_what_was_kept_at_the_end_is_not_kept_again() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.written[made.container.id] = "a line"
    await stop(site, pod_of(site, made))
    await remove(site, pod_of(site, made))
    assert site.store.dumps == [(made.pod, "a line\n")]


@pytest.mark.parametrize("verb", [stop, remove])
async def test_a_log_that_cannot_be_kept_is_no_hindrance(verb) -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.written[made.container.id] = "a line"
    site.store.refuses["dump_logs"] = "the disk is full"
    await verb(site, pod_of(site, made))
    assert site.store.dumps == []
    assert site.store.reports[-1][1] is PodStatus.STOPPED or site.store.rows == {}


async def test_a_pod_without_a_container_can_be_removed() -> None:
    site = make_site()
    made = await deployed(site)
    pod = pod_of(site, made)
    site.engine.rows.clear()
    await remove(site, pod)
    assert site.store.rows == {}


@pytest.mark.parametrize("verb", [stop, restart])
async def test_a_container_of_somebody_else_is_out_of_reach(verb) -> None:
    """Whatever Kabinet is made to say: only what carries our label is ours."""
    site = make_site()
    made = await deployed(site)
    site.engine.rows["database"] = container("database")
    foreign = replace(pod_of(site, made), local_id="database")
    with pytest.raises(NoSuchContainer):
        await (verb(site, foreign) if verb is stop else verb(site, foreign, quiet))
    assert site.engine.rows["database"].state is State.RUNNING


async def test_removing_a_foreign_container_forgets_the_pod_only() -> None:
    site = make_site()
    made = await deployed(site)
    site.engine.rows["database"] = container("database")
    await remove(site, replace(pod_of(site, made), local_id="database"))
    assert "database" in site.engine.rows


async def test_an_update_replaces_the_container_and_keeps_the_volumes() -> None:
    site = make_site()
    old, new = flavour("r1"), flavour("r2", version="2.0.0")
    for one in (old, new):
        offer(site, release(one.release, one, version=one.version))
        site.engine.offered[one.image] = image_of(one, volumes=("/data",))
    first = await deploy_release(site, site.store.releases["r1"], quiet)
    second = await update(site, pod_of(site, first), site.store.releases["r2"], quiet)
    assert list(site.engine.rows) == [second.container.id]
    assert site.engine.specs[first.container.id].volumes == (
        site.engine.specs[second.container.id].volumes
    )
    assert site.store.keys == {"m1": False, "m2": True}
    assert pod_of(site, second).flavour.version == "2.0.0"
    assert site.store.replaced == [None, "d1"], "the store knows the way back"


async def test_the_way_back_is_an_update_to_the_older_release() -> None:
    site = make_site()
    offer(site, release("r1"))
    offer(site, release("r2", flavour("r2", version="2.0.0"), version="2.0.0"))
    first = await deploy_release(site, site.store.releases["r2"], quiet)
    back = await update(site, pod_of(site, first), site.store.releases["r1"], quiet)
    assert pod_of(site, back).flavour.version == "1.0.0"
    assert len(site.engine.rows) == 1


async def test_an_update_that_does_not_come_up_leaves_the_old_one_running() -> None:
    site = make_site()
    first = await deployed(site)
    offer(site, release("r2"))

    def break_the_new(method: str) -> None:
        if method == "create":
            site.engine.fate = {"state": State.EXITED, "exit_code": 1}
        elif method == "logs":
            site.engine.fate = {"state": State.RUNNING}

    site.engine.between = break_the_new
    with pytest.raises(StartFailed):
        await update(site, pod_of(site, first), site.store.releases["r2"], quiet)
    assert site.engine.rows[first.container.id].state is State.RUNNING
    assert pod_of(site, first).status is PodStatus.RUNNING
    assert site.store.keys["m1"]


async def test_an_update_whose_image_is_missing_never_stops_the_old_one() -> None:
    site = make_site()
    first = await deployed(site)
    site.store.add(release("r2"))
    stopped = []
    site.engine.between = lambda method: stopped.append(method) if method == "stop" else None
    with pytest.raises(PullFailed):
        await update(site, pod_of(site, first), site.store.releases["r2"], quiet)
    assert stopped == []
    assert site.engine.rows[first.container.id].state is State.RUNNING


async def test_an_update_without_approval_or_to_another_app_is_refused() -> None:
    site = make_site()
    first = await deployed(site)
    offer(site, release("r2"), approved=False)
    offer(site, release("r3", flavour("r3", identifier="org.example.other")))
    with pytest.raises(NotApproved):
        await update(site, pod_of(site, first), site.store.releases["r2"], quiet)
    with pytest.raises(StoreRefused, match="another app"):
        await update(site, pod_of(site, first), site.store.releases["r3"], quiet)
    with pytest.raises(StoreRefused, match="runs already"):
        await update(site, pod_of(site, first), site.store.releases["r1"], quiet)


async def test_pruning_removes_only_images_nothing_uses() -> None:
    site = make_site()
    first = await deployed(site, "r1")
    await deployed(site, "r2", version="2.0.0")
    await remove(site, pod_of(site, first))
    count, freed = await prune(site, await site.store.flavours())
    assert (count, freed) == (1, 1000)
    assert [image.id for image in site.engine.pulled.values()] == ["sha256:r2-vanilla"]
    assert await prune(site, await site.store.flavours()) == (0, 0)


async def test_installing_takes_the_newest_that_is_approved_and_fits() -> None:
    site = make_site()
    offer(site, release("r1", flavour("r1", version="1.0.0")))
    offer(site, release("r2", flavour("r2", version="2.0.0"), version="2.0.0"))
    offer(site, release("r3", flavour("r3", version="3.0.0")), approved=False)
    offer(site, release("r4", flavour("r4", "cuda", version="4.0.0", selectors=[CUDA])))
    assert (await install(site, await site.store.flavours())).release == "r2"


async def test_installing_says_what_stands_in_the_way() -> None:
    site = make_site()
    offer(site, release("r1"), approved=False)
    with pytest.raises(NotApproved, match="Nobody has approved"):
        await install(site, await site.store.flavours())
    offer(site, release("r2", flavour("r2", "cuda", selectors=[CUDA])))
    with pytest.raises(NothingFits, match=r"cuda: cuda\.count"):
        await install(site, [site.store.releases["r2"].flavours[0]])
    with pytest.raises(NothingFits, match="no flavour"):
        await install(site, [])
