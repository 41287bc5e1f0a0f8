"""Browser sessions under the hash of their cookie."""

from __future__ import annotations

import pytest

from fakts_server.adapters.browser_session import SessionStore
from fakts_server.domain.secret import digest
from fakts_server.models.browser_session import BrowserSession


@pytest.fixture
def store(db):
    made = SessionStore()
    made["who"] = "ada"
    made.save()
    return made


def test_the_table_does_not_hold_the_cookie(store):
    [row] = BrowserSession.objects.all()
    assert row.session_key == digest(store.session_key) != store.session_key
    assert SessionStore(store.session_key)["who"] == "ada"


def test_the_name_of_the_row_opens_nothing(store):
    stolen = SessionStore(digest(store.session_key))
    assert stolen.get("who") is None
    assert not stolen.exists(digest(store.session_key))
    assert stolen.exists(store.session_key)


def test_saving_again_keeps_the_row(store):
    before = BrowserSession.objects.get()
    store["more"] = 1
    store.save()
    after = BrowserSession.objects.get()
    assert (after.pk, after.uid, after.started_at) == (before.pk, before.uid, before.started_at)
    assert SessionStore(store.session_key)["more"] == 1


def test_a_new_key_after_login_ends_the_old_one(store):
    old = store.session_key
    store.cycle_key()
    assert store.session_key != old
    assert SessionStore(old).get("who") is None
    assert SessionStore(store.session_key)["who"] == "ada"
    assert BrowserSession.objects.count() == 1


def test_a_session_ends_by_time(store, now):
    other = SessionStore()
    other.set_expiry(60)
    other["who"] = "bob"
    other.save()
    now.forward(59)
    assert SessionStore(other.session_key).get("who") == "bob"
    now.forward(2)
    assert SessionStore(other.session_key).get("who") is None
    SessionStore.clear_expired()
    assert BrowserSession.objects.count() == 1
    assert SessionStore(store.session_key)["who"] == "ada"


@pytest.mark.parametrize("key", ["", "x", "a\0b", "0" * 32, "\ud800", "x" * 5000])
def test_a_made_up_cookie_is_no_session(store, key):
    assert SessionStore(key).get("who") is None
    assert not store.exists(key)
    store.delete(key or "none")
    assert SessionStore(store.session_key)["who"] == "ada"


def test_what_is_deleted_is_gone_and_gone_twice_is_no_error(store):
    key = store.session_key
    for _ in range(2):
        store.delete(key)
        assert not BrowserSession.objects.exists()
    SessionStore().delete()
    store.flush()
    assert store.session_key is None
