"""Readiness: each check with its reason, bounded in time, not asked more than once a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from chassis import health


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(health, "_last", (float("-inf"), {}))
    yield


def with_checks(monkeypatch: pytest.MonkeyPatch, **checks: health.Check) -> None:
    monkeypatch.setattr(health, "_checks", lambda: checks)


async def well() -> str | None:
    return None


async def full() -> str | None:
    return "The disk is full."


async def stuck() -> str | None:
    await asyncio.Event().wait()
    return None


async def test_every_check_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with_checks(monkeypatch, one=well, other=full)
    assert await health.readiness() == {"one": "ok", "other": "The disk is full."}


async def test_a_check_that_hangs_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_CHECK_TIMEOUT_SECONDS", 0.01)
    with_checks(monkeypatch, one=well, other=stuck)
    found = await health.readiness()
    assert found["one"] == "ok" and found["other"].startswith("No answer within")


async def test_many_askers_are_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    async def counted() -> str | None:
        nonlocal looks
        looks += 1
        return None

    with_checks(monkeypatch, one=counted)
    for _ in range(20):
        await health.readiness()
    assert looks == 1
    monkeypatch.setattr(health, "_REMEMBER_SECONDS", -1.0)
    await health.readiness()
    assert looks == 2


async def test_a_database_that_does_not_answer_is_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise OperationalError("password authentication failed for user hunter2")

    monkeypatch.setattr(health, "_select_one", refuse)
    assert await health._database() == "The database does not answer."


async def test_not_ready_is_503_with_the_reasons(http, monkeypatch: pytest.MonkeyPatch) -> None:
    with_checks(monkeypatch, disk=full, one=well)
    answer = await http.get("/sample/ht")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "service": "sample",
        "checks": {"disk": "The disk is full.", "one": "ok"},
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_a_service_adds_checks_of_its_own(http, monkeypatch: pytest.MonkeyPatch) -> None:
    app = SimpleNamespace(HEALTH_CHECKS={"disk": full})
    monkeypatch.setattr(health, "import_module", lambda _: app)
    assert set((await http.get("/sample/ht/")).json()["checks"]) == {"database", "disk"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_it_can_only_be_asked(http, method: str) -> None:
    assert (await http.request(method, "/sample/ht")).status_code == 405
