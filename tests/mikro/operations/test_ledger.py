"""The ledger of stored bytes: what room is left, and that no change of it is lost."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from rowmaker import Rows

from mikro_server.domain.errors import QuotaExceeded
from mikro_server.models import Usage
from mikro_server.operations.quota import quota_room, usage_change

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(mint, configured):
    """Write what is used of the organization by us and by a colleague; set the limits."""
    made, colleague = Rows(mint.member()), Rows(mint.member(sub="9"))
    house, me = made.principal.organization, made.principal.subject

    def write(mine=0, theirs=0, *, house_limit=None, user_limit=None, upload=1000):
        configured(
            quota={"organization_bytes": house_limit, "user_bytes": user_limit},
            uploads={"max_bytes": upload},
        )
        for user, stored in ((me, mine), (colleague.principal.subject, theirs)):
            usage_change(organization=house, user=user, stored=stored, stores=1)

        def room(wanted=0):
            return quota_room(organization=house, user=me, wanted=wanted)

        return room

    return write


@pytest.mark.parametrize(
    ("given", "room"),
    [
        ({}, 1000),
        ({"mine": 10**12}, 1000),
        ({"house_limit": 5000}, 1000),
        ({"house_limit": 500}, 500),
        ({"house_limit": 500, "mine": 100, "theirs": 150}, 250),
        ({"user_limit": 500, "mine": 100, "theirs": 10**6}, 400),
        ({"house_limit": 500, "user_limit": 300, "mine": 100, "theirs": 100}, 200),
        ({"house_limit": 500, "user_limit": 300, "mine": 100, "theirs": 350}, 50),
        ({"house_limit": 5000, "user_limit": 5000, "upload": 7}, 7),
    ],
)
def test_the_room_is_what_the_nearest_limit_leaves(used, given, room):
    left = used(**given)
    assert left() == room
    assert left(room) == room
    if given.get("house_limit") or given.get("user_limit"):
        limits = [given[name] for name in ("house_limit", "user_limit") if name in given]
        with pytest.raises(QuotaExceeded):
            left(max(limits) + 1)


@pytest.mark.parametrize(
    ("given", "wanted", "whose"),
    [
        ({"house_limit": 100, "mine": 100}, 0, "the organization"),
        ({"house_limit": 100, "theirs": 300}, 0, "the organization"),
        ({"house_limit": 100, "theirs": 60}, 41, "the organization"),
        ({"user_limit": 100, "mine": 60}, 41, "your account"),
        ({"user_limit": 0}, 0, "your account"),
        ({"house_limit": 0, "user_limit": 0}, 0, "the organization"),
        ({"house_limit": 1000, "user_limit": 10, "mine": 9}, 2, "your account"),
    ],
)
def test_what_does_not_fit_is_refused_with_whose_limit_it_was(used, given, wanted, whose):
    with pytest.raises(QuotaExceeded) as refused:
        used(**given)(wanted)
    assert whose in refused.value.message
    limit = given["house_limit" if whose == "the organization" else "user_limit"]
    assert str(limit) in refused.value.message


def test_a_house_does_not_pay_for_another(used, mint):
    room = used(house_limit=100)
    other = Rows(mint.member(org="77", sub="77")).principal
    usage_change(organization=other.organization, user=other.subject, stored=10**6, stores=1)
    assert room() == 100
    with pytest.raises(QuotaExceeded):
        quota_room(organization=other.organization, user=other.subject)


@pytest.mark.parametrize("seed", range(3))
def test_the_ledger_is_the_sum_of_its_changes(mint, seed):
    chance = random.Random(seed)
    people = [
        Rows(mint.member(org=house, sub=sub)).principal
        for house, sub in (("1", "1"), ("1", "2"), ("77", "1"))
    ]
    stored, stores = Counter(), Counter()
    for _ in range(25):
        who = chance.choice(people)
        key = who.organization, who.subject
        size, count = chance.randrange(-50, 100), chance.choice([-1, 0, 1])
        usage_change(organization=key[0], user=key[1], stored=size, stores=count)
        stored[key] += size
        stores[key] += count
    rows = {
        (row.organization_id, row.user_id): (row.stored_bytes, row.stores)
        for row in Usage.objects.all()
    }
    assert rows == {key: (stored[key], stores[key]) for key in rows}
    assert set(rows) == set(stored)


def test_what_nobody_made_is_in_no_ledger(mint):
    Rows(mint.member())
    usage_change(organization="1", user=None, stored=5, stores=1)
    assert not Usage.objects.exists()
