"""Ending browser sessions, and what is kept of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis import clock
from chassis.errors import NotFound
from fakts_server.adapters.browser_session import SessionStore
from fakts_server.models.browser_session import BrowserSession
from fakts_server.operations.browser_session import (
    browser_session_describe,
    browser_session_end,
    browser_session_see,
    browser_sessions_end_others,
)


def session(membership, key="k", **changes):
    fields = {"expire_date": clock.now() + timedelta(days=1), "user": membership.user, **changes}
    return BrowserSession.objects.create(session_key=key, **fields)


def test_describing_keeps_no_control_characters_and_no_novels(lab):
    row = session(lab, user=None)
    browser_session_describe(
        key="k", user=lab.user, address="1" * 200, user_agent="Fire\0fox\n" + "x" * 900
    )
    row.refresh_from_db()
    assert row.user == lab.user
    assert row.user_agent.startswith("Firefox")
    assert (len(row.address), len(row.user_agent)) == (100, 500)


@pytest.mark.parametrize("uid", ["", "x", "6f0c3a52-7d1e-4e8e-9b6f-2f1c8a1f0b11"])
def test_what_names_no_session_ends_none(lab, uid):
    session(lab)
    with pytest.raises(NotFound):
        browser_session_end(user=lab.user, uid=uid)
    assert BrowserSession.objects.count() == 1


def test_others_end_and_strangers_stay(lab, rival):
    session(lab, "mine")
    session(lab, "phone")
    session(rival, "theirs")
    assert browser_sessions_end_others(user=lab.user, key="mine") == 1
    assert set(BrowserSession.objects.values_list("session_key", flat=True)) == {"mine", "theirs"}


def test_seeing_moves_the_moment(lab, now):
    session(lab)
    now.forward(100)
    browser_session_see(key="k")
    assert BrowserSession.objects.get(pk="k").seen_at == now.moment


def test_a_store_finds_what_it_saved_and_nothing_that_is_over(db, now):
    store = SessionStore()
    store["x"] = 1
    store.save()
    assert SessionStore(store.session_key)["x"] == 1
    assert store.exists(store.session_key)
    now.forward(15 * 86_400)
    assert SessionStore(store.session_key).get("x") is None
    SessionStore.clear_expired()
    assert not store.exists(store.session_key)


def test_a_store_without_a_key_has_nothing_to_delete(db):
    SessionStore().delete()
    assert SessionStore().load() == {}
