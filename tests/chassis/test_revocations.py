"""The list of removed clients: how old it may get, and what happens without the issuer."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from chassis.identity.principal import Principal
from chassis.identity.revocations import RevocationList, revocations_at


def token(client="a", generation=0):
    return Principal(
        subject="1",
        username="ada",
        organization="1",
        organization_slug="lab",
        client=client,
        roles=frozenset(),
        scopes=frozenset(),
        issuer="x",
        expires_at=1e12,
        generation=generation,
    )


class Issuer:
    """Answers a list, or fails, and counts how often it was asked."""

    def __init__(self, **revoked):
        self.answer = {"revoked": revoked}
        self.asked = 0

    async def __call__(self):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


async def test_a_token_of_before_the_removal_is_refused_and_a_newer_one_is_not(clock):
    listed = RevocationList(Issuer(a=2), 15)
    assert not await listed.check(token())
    assert not await listed.check(token(generation=1))
    assert await listed.check(token(generation=2))
    assert await listed.check(token(generation=3))
    assert await listed.check(token(client="b"))


async def test_a_removal_is_known_within_two_periods_even_after_silence(clock):
    issuer = Issuer()
    listed = RevocationList(issuer, 15)
    assert await listed.check(token())
    issuer.answer = {"revoked": {"a": 1}}
    clock.now += 31
    assert not await listed.check(token())


async def test_a_busy_service_renews_beside_its_requests(clock):
    issuer = Issuer()
    listed = RevocationList(issuer, 15)
    await listed.check(token())
    issuer.answer = {"revoked": {"a": 1}}
    clock.now += 16
    assert await listed.check(token())  # Answered from the old list ...
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not await listed.check(token())  # ... which has been renewed meanwhile.


async def test_many_requests_ask_once(clock):
    issuer = Issuer()
    listed = RevocationList(issuer, 15)
    await asyncio.gather(*(listed.check(token()) for _ in range(50)))
    assert issuer.asked == 1


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError("down"), {"other": 1}, {"revoked": 3}, {"revoked": {"a": "x"}}],
)
async def test_without_the_issuer_the_last_list_is_used(clock, trouble):
    issuer = Issuer(a=1)
    listed = RevocationList(issuer, 15)
    assert not await listed.check(token())
    issuer.answer = trouble
    clock.now += 100
    assert not await listed.check(token())
    assert await listed.check(token(client="b"))
    # And it is not asked again at once.
    assert issuer.asked == 2


@pytest.mark.parametrize(
    ("url", "is_checked"),
    [("https://platform.example/o/revocations/", True), ("http://127.0.0.1/o/", False)],
)
async def test_certificates_are_checked_wherever_there_are_some(monkeypatch, url, is_checked):
    real, checked = httpx.AsyncClient, []

    def client(*, verify, **options):
        checked.append(verify)
        answer = httpx.Response(200, json={"revoked": {"a": 1}})
        return real(transport=httpx.MockTransport(lambda request: answer), **options)

    monkeypatch.setattr(httpx, "AsyncClient", client)
    assert await revocations_at(url)() == {"revoked": {"a": 1}}
    assert checked == [is_checked]
