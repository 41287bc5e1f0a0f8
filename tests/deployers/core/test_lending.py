"""Containers for a while: lent, given back, and stopped when they have nothing to do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import container, flavour, release
from twins import make_site, offer

from deployers.core.deploying import Site, deploy_flavour
from deployers.core.errors import DeployerError, NotApproved, NotIdle, StartFailed
from deployers.core.lending import cull_idle, is_idle, lent, moment
from deployers.core.model import Activity, Container, Flavour, State
from kabinet_server.domain.kinds import PodStatus

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLIENT = "client-of-m1"


def quiet(*_: object) -> None:
    """A progress nobody listens to."""


def stocked(*, answers: bool = True) -> tuple[Site, Flavour]:
    """A site with an approved app, whose container logs in and answers."""
    site = make_site()
    one = flavour("r1")
    offer(site, release("r1", one))
    site.store.clients["m1"] = CLIENT
    site.store.activities[CLIENT] = Activity(is_connected=answers)
    return site, one


def only_container(site: Site) -> Container:
    (found,) = site.engine.rows.values()
    return found


class TestLent:
    """What a workflow needs is there while it needs it."""

    async def test_it_runs_within_and_is_stopped_after(self) -> None:
        site, one = stocked()
        async with lent(site, one, quiet) as made:
            assert only_container(site).state is State.RUNNING
        assert only_container(site).state is State.EXITED
        assert site.store.rows[made.container.id].status is PodStatus.STOPPED

    async def test_a_failed_workflow_gives_it_back_too(self) -> None:
        site, one = stocked()
        with pytest.raises(ZeroDivisionError):
            async with lent(site, one, quiet):
                raise ZeroDivisionError
        assert only_container(site).state is State.EXITED

    async def test_a_cancelled_one_too(self) -> None:
        site, one = stocked()
        within = asyncio.Event()

        async def work() -> None:
            async with lent(site, one, quiet):
                within.set()
                await asyncio.Event().wait()

        working = asyncio.create_task(work())
        await within.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert only_container(site).state is State.EXITED

    async def test_the_last_one_who_needs_it_stops_it(self) -> None:
        site, one = stocked()
        async with lent(site, one, quiet):
            async with lent(site, one, quiet):
                pass
            assert only_container(site).state is State.RUNNING
        assert only_container(site).state is State.EXITED

    async def test_who_started_it_may_leave_first(self) -> None:
        site, one = stocked()
        first, second = lent(site, one, quiet), lent(site, one, quiet)
        await first.__aenter__()
        await second.__aenter__()
        await first.__aexit__(None, None, None)
        assert only_container(site).state is State.RUNNING
        await second.__aexit__(None, None, None)
        assert only_container(site).state is State.EXITED

    async def test_what_ran_before_goes_on(self) -> None:
        site, one = stocked()
        await deploy_flavour(site, one, quiet)
        async with lent(site, one, quiet) as made:
            assert made.was_there
        assert only_container(site).state is State.RUNNING

    async def test_what_somebody_deployed_meanwhile_stays(self) -> None:
        site, one = stocked()
        async with lent(site, one, quiet):
            assert (await deploy_flavour(site, one, quiet)).was_there
        assert only_container(site).state is State.RUNNING

    async def test_it_can_be_lent_again(self) -> None:
        site, one = stocked()
        async with lent(site, one, quiet):
            pass
        site.store.clients["m2"] = CLIENT
        async with lent(site, one, quiet):
            assert only_container(site).state is State.RUNNING
        assert only_container(site).state is State.EXITED

    async def test_an_app_that_never_answers_is_an_error_and_stops(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("deployers.core.lending._LOOK_SECONDS", 0.01)
        site, one = stocked(answers=False)
        site.settings = replace(site.settings, start_seconds=0.1)
        with pytest.raises(StartFailed, match=r"offers nothing within 0\.1 seconds"):
            async with lent(site, one, quiet):
                raise AssertionError("nobody gets in")
        assert only_container(site).state is State.EXITED

    async def test_what_nobody_approved_is_not_lent(self) -> None:
        site = make_site()
        one = flavour("r1")
        offer(site, release("r1", one), approved=False)
        with pytest.raises(NotApproved):
            async with lent(site, one, quiet):
                raise AssertionError("nobody gets in")
        assert site.engine.rows == {}

    async def test_a_store_that_is_away_in_the_end_leaves_no_container_running(self) -> None:
        site, one = stocked()
        async with lent(site, one, quiet):
            site.store.away = True
        assert only_container(site).state is State.EXITED


async def idle_site(**fields: object) -> tuple[Site, Container]:
    """A site with one running container since two hours ago."""
    site, one = stocked()
    made = await deploy_flavour(site, one, quiet)
    site.store.rows[made.container.id] = replace(site.store.rows[made.container.id], client=CLIENT)
    site.engine.happened(made.container.id, started_at="2026-05-01T10:00:00.123456789Z")
    site.store.activities[CLIENT] = Activity(is_connected=True, **fields)
    return site, made.container


class TestCulling:
    """What has nothing to do is stopped; what is not known is left alone."""

    async def test_an_idle_app_is_stopped_and_named(self) -> None:
        site, made = await idle_site(last=NOW - 2 * HOUR)
        (pod,) = await cull_idle(site, HOUR, NOW)
        assert pod.local_id == made.id
        assert only_container(site).state is State.EXITED
        assert site.store.rows[made.id].status is PodStatus.STOPPED
        assert await cull_idle(site, HOUR, NOW) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"is_busy": True, "last": NOW - 2 * HOUR},
            {"last": NOW - HOUR / 2},
        ],
        ids=["it works", "it worked lately"],
    )
    async def test_what_is_needed_stays(self, fields: dict[str, object]) -> None:
        site, _ = await idle_site(**fields)
        assert await cull_idle(site, HOUR, NOW) == []
        assert only_container(site).state is State.RUNNING

    async def test_one_that_was_started_lately_stays(self) -> None:
        site, made = await idle_site()
        site.engine.happened(made.id, started_at=(NOW - HOUR / 2).isoformat())
        assert await cull_idle(site, HOUR, NOW) == []

    async def test_one_that_never_logged_in_stays(self) -> None:
        site, made = await idle_site()
        site.store.rows[made.id] = replace(site.store.rows[made.id], client=None)
        assert await cull_idle(site, HOUR, NOW) == []

    async def test_one_that_is_lent_stays(self) -> None:
        site, _ = await idle_site()
        site.loans[flavour("r1").id] = 1
        assert await cull_idle(site, HOUR, NOW) == []

    async def test_only_those_that_are_named(self) -> None:
        site, made = await idle_site()
        assert await cull_idle(site, HOUR, NOW, frozenset({"another"})) == []
        mine = site.store.rows[made.id].id
        assert [one.id for one in await cull_idle(site, HOUR, NOW, frozenset({mine}))] == [mine]

    async def test_a_store_that_does_not_answer_stops_nothing(self) -> None:
        site, _ = await idle_site()
        site.store.refuses["activity"] = "no"
        with pytest.raises(DeployerError):
            await cull_idle(site, HOUR, NOW)
        assert only_container(site).state is State.RUNNING

    async def test_a_time_to_come_is_refused(self) -> None:
        site, _ = await idle_site()
        with pytest.raises(NotIdle, match="from 0 on"):
            await cull_idle(site, -HOUR, NOW)

    @given(
        st.timedeltas(timedelta(0), 10 * HOUR),
        st.timedeltas(timedelta(0), 10 * HOUR),
        st.timedeltas(timedelta(0), 10 * HOUR),
        st.booleans(),
    )
    def test_more_patience_never_stops_more(self, started, ended, after, busy) -> None:
        one = container(state=State.RUNNING, started_at=(NOW - started).isoformat())
        did = Activity(is_busy=busy, last=NOW - ended)
        if is_idle(one, did, NOW, after + HOUR):
            assert is_idle(one, did, NOW, after)
        if busy:
            assert not is_idle(one, did, NOW, timedelta(0))

    @pytest.mark.parametrize("text", ["", "never", "0001-01-01T00:00:00Z"])
    def test_a_moment_that_never_was(self, text: str) -> None:
        assert moment(text) is None
        assert not is_idle(
            container(state=State.RUNNING, started_at=text), Activity(), NOW, timedelta(0)
        )

    def test_a_moment_with_and_without_a_zone(self) -> None:
        assert moment("2026-05-01T12:00:00") == moment("2026-05-01T12:00:00.000000000Z") == NOW
