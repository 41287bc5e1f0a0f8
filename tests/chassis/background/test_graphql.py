"""The queue of jobs in the public schema: for admins, whatever their organization."""

from __future__ import annotations

import asyncio

import pytest
from sample_server.app import RUNS, SCHEMA, tick

from chassis.background import ledger
from chassis.testing.tenancy import SHARED, core_schema

_SHOW = """
    queue hasBroker waiting running failed oldestAt nextAt
    jobs { name about everySeconds isRunning startedAt failedAt problem runs failures }
    workers { id kind host pid startedAt beatAt isSilent }
"""
READ = f"{{ background {{ {_SHOW} }} }}"
RETRY = f"mutation($name: String!) {{ retryJob(name: $name) {{ {_SHOW} }} }}"
FORGET = f"mutation($name: String!) {{ forgetJobFailure(name: $name) {{ {_SHOW} }} }}"
ASKS = ((READ, {}), (RETRY, {"name": tick.name}), (FORGET, {"name": tick.name}))


@pytest.mark.parametrize(("document", "variables"), ASKS)
async def test_only_admins_see_and_change_it(graphql, mint, document, variables):
    assert (await graphql(document, None, **variables)).codes == ["UNAUTHENTICATED"]
    for roles in ([], ["viewer"], ["user", "editor", "bot", "deployer"]):
        answer = await graphql(document, mint.member(roles=roles), **variables)
        assert answer.codes == ["PERMISSION_DENIED"], (roles, answer)


def test_these_are_all_the_fields_that_services_share():
    core = core_schema(SCHEMA)
    assert core.query_type is not None and core.mutation_type is not None
    assert {*core.query_type.fields, *core.mutation_type.fields} >= SHARED
    asked = {word for word in SHARED for document, _ in ASKS if f"{word} {{" in document}
    assert asked | {"retryJob", "forgetJobFailure"} == SHARED


async def test_an_admin_reads_how_the_queue_stands(graphql, mint):
    RUNS.clear()
    async with asyncio.timeout(120):
        while True:
            found = (await graphql(READ, mint.member())).ok()["background"]
            if found["jobs"][0]["runs"] > 1:
                break
            await asyncio.sleep(0.05)
    job = found["jobs"][0]
    assert (found["queue"], found["hasBroker"]) == ("sample", False)
    assert (job["name"], job["about"], job["everySeconds"]) == (
        tick.name,
        "Count the turns.",
        0.02,
    )
    assert job["failures"] == 1


async def test_what_did_not_fail_cannot_be_run_again(graphql, mint):
    for document in (RETRY, FORGET):
        unknown = await graphql(document, mint.member(), name="no-such-job")
        assert unknown.codes == ["NOT_FOUND"]


async def test_a_broken_off_job_of_another_process_is_told(graphql, mint, monkeypatch):
    rows = {tick.name: ledger.JobRow(tick.name, failed_at=ledger.clock.now(), problem="Disk")}
    monkeypatch.setattr(ledger, "look", lambda: (rows, []))
    found = (await graphql(READ, mint.member())).ok()["background"]
    assert (found["failed"], found["jobs"][0]["problem"]) == (1, "Disk")
