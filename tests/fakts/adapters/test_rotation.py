"""The exchange of a refresh token, row by row."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from chassis import clock
from fakts_server.adapters.rotation import rotate
from fakts_server.domain import secret
from fakts_server.models.credential import RefreshToken

GRACE = timedelta(seconds=8)
LIFE = timedelta(days=1)


@pytest.fixture
def token(logged_in) -> RefreshToken:
    return RefreshToken.objects.get(token_hash=secret.digest(logged_in["refresh_token"]))


def exchange(
    token: RefreshToken,
    successor: str,
    *,
    after: timedelta = timedelta(0),
    grace: timedelta = GRACE,
) -> bool:
    now = clock.now() + after
    return rotate(
        token_hash=token.token_hash,
        successor_hash=secret.digest(successor),
        now=now,
        used_since=now - grace if grace else None,
        ends=now + LIFE,
    )


def test_the_successor_belongs_to_the_same_chain_of_the_same_client(token):
    assert exchange(token, "next")
    successor = RefreshToken.objects.get(token_hash=secret.digest("next"))
    same = ("client_id", "chain", "chain_started_at")
    assert [getattr(successor, name) for name in same] == [getattr(token, name) for name in same]
    assert (successor.used_at, successor.revoked_at) == (None, None)
    assert successor.expires_at - successor.issued_at == LIFE


def test_the_first_use_is_the_one_that_counts(token):
    assert exchange(token, "next")
    token.refresh_from_db()
    first = token.used_at
    assert exchange(token, "again", after=GRACE / 2)
    token.refresh_from_db()
    assert token.used_at == first
    assert not exchange(token, "late", after=2 * GRACE)
    assert not RefreshToken.objects.filter(token_hash=secret.digest("late")).exists()


def test_without_a_grace_a_token_noted_as_used_a_moment_ahead_is_used(token):
    # As a racer finds it that read the clock before the winner did, and waited for the row.
    none = timedelta(0)
    assert exchange(token, "next", after=timedelta(seconds=1), grace=none)
    assert not exchange(token, "again", grace=none)
    assert RefreshToken.objects.count() == 2


def test_what_was_revoked_meanwhile_has_no_successor(token):
    RefreshToken.objects.filter(pk=token.pk).update(revoked_at=clock.now())
    assert not exchange(token, "next")
    assert RefreshToken.objects.count() == 1


def test_an_unknown_token_writes_nothing(token):
    token.token_hash = secret.digest("unknown")
    assert not exchange(token, "next")
    assert RefreshToken.objects.count() == 1


@pytest.fixture
def lasting(transactional_db, token) -> RefreshToken:
    """A token that other connections see, too."""
    return token


def test_racing_processes_all_get_a_successor_and_one_use_is_noted(lasting):
    answers: list[bool] = []

    def race(number: int) -> None:
        try:
            answers.append(exchange(lasting, f"racer-{number}"))
        finally:
            connection.close()

    racers = [threading.Thread(target=race, args=[number]) for number in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert answers == [True] * 6
    family = RefreshToken.objects.filter(chain=lasting.chain)
    assert family.count() == 7
    assert family.filter(used_at__isnull=False).get().pk == lasting.pk
