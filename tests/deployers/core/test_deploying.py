"""Starting a flavour on the twins: what it leaves when all goes well, and when it does not."""

import asyncio
from dataclasses import replace

import pytest
from samples import CARDS, MACHINE, SETTINGS, container, flavour, image_of, release
from twins import heard, make_site, offer

from deployers.core.deploying import deploy_flavour, deploy_release, last_words
from deployers.core.errors import (
    DeployerError,
    NoCardFree,
    NotApproved,
    NothingFits,
    PullFailed,
    StartFailed,
    StoreRefused,
    StoreUnavailable,
)
from deployers.core.labels import Belonging, from_labels, to_labels
from deployers.core.model import State, Values
from kabinet_server.domain.kinds import PodStatus

CUDA = {"kind": "cuda", "required": True}


async def test_a_release_ends_as_a_running_container_that_kabinet_knows() -> None:
    site = make_site()
    offer(site, release())
    told, progress = heard()
    made = await deploy_release(site, site.store.releases["r1"], progress)
    (pod,) = site.store.rows.values()
    assert (pod.id, pod.local_id, pod.status) == (made.pod, made.container.id, PodStatus.RUNNING)
    belonging = from_labels(site.engine.rows[pod.local_id].labels)
    assert belonging == Belonging("engine-1", "1", "d1", "r1-vanilla", "1", "m1", "1")
    percentages = [percentage for percentage, _ in told]
    assert percentages == sorted(percentages)
    assert percentages[-1] == 100


async def test_the_key_is_in_the_environment_and_nowhere_else() -> None:
    site = make_site()
    offer(site, release())
    made = await deploy_release(site, release(), lambda *_: None)
    spec = site.engine.specs[made.container.id]
    assert spec.env["FAKTS_MANDATE_KEY"] == "bmk_secret-of-m1"
    assert "secret-of" not in repr(spec)
    assert "secret-of" not in " ".join(spec.command)
    assert not any("secret-of" in value for value in spec.labels.values())


async def test_a_second_wish_finds_what_runs() -> None:
    site = make_site()
    offer(site, release())
    first = await deploy_release(site, release(), lambda *_: None)
    second = await deploy_release(site, release(), lambda *_: None)
    assert second.was_there
    assert second.pod == first.pod
    assert len(site.engine.rows) == 1
    assert list(site.store.keys) == ["m1"]


async def test_wishes_at_the_same_moment_make_one_container() -> None:
    site = make_site()
    offer(site, release())
    wishes = [deploy_release(site, release(), lambda *_: None) for _ in range(5)]
    made = await asyncio.gather(*wishes)
    assert len({one.pod for one in made}) == 1
    assert len(site.engine.rows) == 1


async def test_what_an_earlier_attempt_left_makes_room() -> None:
    site = make_site()
    offer(site, release())
    first = await deploy_release(site, release(), lambda *_: None)
    site.engine.happened(first.container.id, state=State.EXITED, exit_code=1)
    second = await deploy_release(site, release(), lambda *_: None)
    assert list(site.engine.rows) == [second.container.id]
    assert [pod.local_id for pod in site.store.rows.values()] == [second.container.id]
    assert site.store.keys == {"m1": False, "m2": True}


async def test_nothing_is_fetched_for_a_flavour_that_does_not_fit() -> None:
    site = make_site()
    offer(site, release("r1", flavour("r1", "cuda", selectors=[CUDA])))
    with pytest.raises(NothingFits, match=r"cuda.count: 0 < 1"):
        await deploy_release(site, site.store.releases["r1"], lambda *_: None)
    assert site.engine.pulled == {}
    assert site.store.calls == []


async def test_without_an_approval_nothing_is_fetched() -> None:
    site = make_site()
    offer(site, release(), approved=False)
    with pytest.raises(NotApproved, match=r"Nobody has approved org\.example\.app 1\.0\.0"):
        await deploy_release(site, release(), lambda *_: None)
    assert site.engine.pulled == {}
    assert site.store.keys == {}


async def test_an_image_that_does_not_exist_leaves_no_trace() -> None:
    site = make_site()
    site.store.add(release())
    with pytest.raises(PullFailed, match="manifest unknown"):
        await deploy_release(site, release(), lambda *_: None)
    assert site.engine.rows == {}
    assert site.store.rows == {}
    assert site.store.keys == {}


async def test_an_image_named_by_digest_is_fetched_once_and_a_tag_each_time() -> None:
    site = make_site()
    for pinned in (True, False):
        name = "a@sha256:1" if pinned else "a:1"
        one = flavour("r1", "vanilla", image=name)
        site.engine.pulled[name] = image_of(one)
        site.store.given.clear()
        site.store.add(release("r1", one))
        if pinned:
            await deploy_flavour(site, one, lambda *_: None)
            site.engine.rows.clear()
        else:
            with pytest.raises(PullFailed):
                await deploy_flavour(site, one, lambda *_: None)


@pytest.mark.parametrize("method", ["create_deployment", "create_pod"])
@pytest.mark.parametrize("how", ["refuses", "away"])
async def test_a_no_of_kabinet_leaves_neither_container_nor_key(method: str, how: str) -> None:
    site = make_site()
    offer(site, release())
    expected: type[DeployerError] = StoreRefused
    if how == "refuses":
        site.store.refuses[method] = "the approval is stale"
    else:
        expected = StoreUnavailable

        async def away(**_: object) -> str:
            raise StoreUnavailable("gone")

        setattr(site.store, method, away)
    with pytest.raises(expected):
        await deploy_release(site, release(), lambda *_: None)
    assert site.engine.rows == {}
    assert site.store.keys == {"m1": False}


async def test_a_cancelled_wish_leaves_neither_container_nor_key() -> None:
    site = make_site()
    offer(site, release())
    reached = asyncio.Event()

    async def hang(**_: object) -> str:
        reached.set()
        await asyncio.Event().wait()
        return ""

    site.store.create_pod = hang
    wish = asyncio.create_task(deploy_release(site, release(), lambda *_: None))
    await reached.wait()
    assert len(site.engine.rows) == 1
    wish.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wish
    assert site.engine.rows == {}
    assert site.store.keys == {"m1": False}


async def test_an_app_that_ends_at_once_is_a_failure_with_its_last_words() -> None:
    site = make_site()
    offer(site, release())
    site.engine.fate = {"state": State.EXITED, "exit_code": 3}
    site.engine.written = {"c1": "ModuleNotFoundError: No module named 'app'\n"}
    with pytest.raises(StartFailed, match="ended with code 3"):
        await deploy_release(site, release(), lambda *_: None)
    (pod,) = site.store.rows.values()
    assert pod.status is PodStatus.FAILED
    ((of, text),) = site.store.dumps
    assert of == pod.id
    assert "No module named 'app'" in text
    assert "ended with code 3" in text


async def test_a_container_is_given_what_people_set_for_its_app() -> None:
    site = make_site()
    offer(site, release())
    site.store.set["d1"] = Values({"MODEL": "cyto"}, {"TOKEN": "hush-hush"})
    made = await deploy_release(site, release(), lambda *_: None)
    spec = site.engine.specs[made.container.id]
    assert (spec.env["MODEL"], spec.env["TOKEN"]) == ("cyto", "hush-hush")
    assert "hush" not in f"{spec.command} {spec.labels}"


async def test_what_cannot_be_a_variable_starts_nothing_and_leaves_nothing() -> None:
    site = make_site()
    offer(site, release())
    site.store.set["d1"] = Values({"a b": "x"}, {})
    with pytest.raises(StoreRefused, match="cannot be a variable"):
        await deploy_release(site, release(), lambda *_: None)
    assert site.engine.rows == {}
    assert site.store.keys == {"m1": False}


async def test_a_log_is_passed_on_to_nobody_while_its_secrets_are_not_known() -> None:
    site = make_site()
    offer(site, release())
    made = await deploy_release(site, release(), lambda *_: None)
    site.engine.written[made.container.id] = "login as hush-hush failed"
    site.store.away = True
    assert await last_words(site, made.container.id) == ""


async def test_last_words_hide_credentials() -> None:
    site = make_site()
    offer(site, release())
    site.engine.fate = {"state": State.EXITED, "exit_code": 1}
    site.engine.written = {"c1": "login with bmk_0123456789abcdef failed"}
    with pytest.raises(StartFailed):
        await deploy_release(site, release(), lambda *_: None)
    assert "bmk_" not in site.store.dumps[0][1]
    assert "[hidden]" in await last_words(site, "c1")
    assert await last_words(site, "nobody") == ""


async def test_an_app_that_never_becomes_healthy_is_stopped_and_failed() -> None:
    site = make_site(settings=replace(SETTINGS, start_seconds=0.3))
    offer(site, release())
    site.engine.fate = {"state": State.RUNNING, "health": "starting"}
    with pytest.raises(StartFailed, match=r"not healthy within 0\.3 seconds"):
        await deploy_release(site, release(), lambda *_: None)
    (row,) = site.engine.rows.values()
    assert row.state is State.EXITED
    assert [pod.status for pod in site.store.rows.values()] == [PodStatus.FAILED]


async def test_an_app_stands_once_it_has_logged_in() -> None:
    site = make_site(settings=replace(SETTINGS, settle_seconds=30.0, start_seconds=30))
    offer(site, release())
    wish = asyncio.create_task(deploy_release(site, release(), lambda *_: None))
    while "has_logged_in" not in site.store.calls:
        await asyncio.sleep(0.01)
    assert not wish.done()
    site.store.logins.add("m1")
    async with asyncio.timeout(120):
        made = await wish
    assert site.store.rows[made.container.id].status is PodStatus.RUNNING


async def test_an_app_that_ends_before_its_login_did_not_come_up() -> None:
    site = make_site(settings=replace(SETTINGS, settle_seconds=30.0, start_seconds=30))
    offer(site, release())
    wish = asyncio.create_task(deploy_release(site, release(), lambda *_: None))
    while "has_logged_in" not in site.store.calls:
        await asyncio.sleep(0.01)
    site.engine.happened("c1", state=State.RESTARTING, exit_code=1)
    with pytest.raises(StartFailed, match="restarting"):
        await wish
    assert [pod.status for pod in site.store.rows.values()] == [PodStatus.FAILED]


async def test_a_platform_that_cannot_tell_the_login_is_not_waited_for_ever() -> None:
    site = make_site(settings=replace(SETTINGS, settle_seconds=0.5))
    offer(site, release())
    site.store.refuses["has_logged_in"] = "no such mandate"
    async with asyncio.timeout(120):
        made = await deploy_release(site, release(), lambda *_: None)
    assert site.store.rows[made.container.id].status is PodStatus.RUNNING


async def test_a_start_the_engine_refuses_is_told() -> None:
    site = make_site()
    offer(site, release())
    site.engine.fate = {"error": "no space left on device"}
    with pytest.raises(StartFailed, match="no space left on device"):
        await deploy_release(site, release(), lambda *_: None)
    assert [pod.status for pod in site.store.rows.values()] == [PodStatus.FAILED]


async def test_an_engine_that_goes_away_during_the_start_is_a_failure() -> None:
    site = make_site()
    offer(site, release())

    def leave(method: str) -> None:
        if method == "start":
            site.engine.rows.clear()

    site.engine.between = leave
    with pytest.raises(StartFailed, match="lost while it started"):
        await deploy_release(site, release(), lambda *_: None)
    assert [pod.status for pod in site.store.rows.values()] == [PodStatus.FAILED]


async def test_kabinet_going_away_after_the_start_kills_nothing() -> None:
    site = make_site()
    offer(site, release())

    async def away(local_id: str, status: PodStatus) -> None:
        raise StoreUnavailable("gone")

    site.store.update_pod = away
    made = await deploy_release(site, release(), lambda *_: None)
    assert site.engine.rows[made.container.id].state is State.RUNNING
    assert site.store.keys == {"m1": True}


async def test_cards_are_given_by_name_and_not_twice() -> None:
    site = make_site(replace(MACHINE, gpus=CARDS))
    for number in (1, 2, 3):
        offer(site, release(f"r{number}", flavour(f"r{number}", "cuda", selectors=[CUDA])))
    first = await deploy_release(site, site.store.releases["r1"], lambda *_: None)
    second = await deploy_release(site, site.store.releases["r2"], lambda *_: None)
    specs = [site.engine.specs[one.container.id] for one in (first, second)]
    assert [[card.id for card in spec.gpus] for spec in specs] == [["GPU-a"], ["GPU-b"]]
    with pytest.raises(NoCardFree, match="Stop or remove an app"):
        await deploy_release(site, site.store.releases["r3"], lambda *_: None)
    assert len(site.engine.rows) == 2


async def test_whoever_comes_second_to_a_card_gives_way() -> None:
    """Another deployer makes its container between our choice and our look."""
    site = make_site(replace(MACHINE, gpus=CARDS[:1]))
    offer(site, release("r1", flavour("r1", "cuda", selectors=[CUDA])))
    other = to_labels(Belonging("engine-2", "7", "d", "f", "a", "m", "r", gpus=("GPU-a",)))

    def take(method: str) -> None:
        if method == "create":
            site.engine.rows["z"] = container(
                "z", labels=other, state=State.CREATED, created_at="2025-12-31T00:00:00Z"
            )

    site.engine.between = take
    with pytest.raises(NoCardFree, match="at the same moment"):
        await deploy_release(site, site.store.releases["r1"], lambda *_: None)
    assert list(site.engine.rows) == ["z"]
    assert site.store.keys == {"m1": False}


async def test_containers_of_another_deployer_are_not_ours() -> None:
    site = make_site()
    offer(site, release())
    theirs = to_labels(Belonging("engine-2", "1", "d1", "r1-vanilla", "1", "m", "1"))
    site.engine.rows["z"] = container("z", labels=theirs)
    made = await deploy_release(site, release(), lambda *_: None)
    assert not made.was_there
    assert [one.id for one, _ in await site.ours()] == [made.container.id]
    assert "z" in site.engine.rows
