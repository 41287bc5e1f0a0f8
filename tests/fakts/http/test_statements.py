"""How many statements the hot paths cost: a login and a refresh of every app, all day long."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def counted():
    """The statements that were sent, without those that open and close transactions."""

    def count(call):
        with CaptureQueriesContext(connection) as caught:
            assert call().status_code == 200
        keywords = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
        return [q["sql"] for q in caught.captured_queries if not q["sql"].startswith(keywords)]

    return count


def test_a_repeated_login_by_key_reads_twice_and_writes_nothing(api, key, counted):
    assert api.mandate(key).status_code == 200
    sent = counted(lambda: api.mandate(key))
    assert len(sent) <= 2, sent
    assert not [sql for sql in sent if not sql.lstrip().startswith("SELECT")]


def test_a_refresh_costs_two_statements_and_no_transaction(api, logged_in):
    with CaptureQueriesContext(connection) as caught:
        assert api.refresh(logged_in).status_code == 200
    sent = [query["sql"].split()[0] for query in caught.captured_queries]
    assert sent == ["SELECT", "WITH"]


def test_discovery_and_keys_do_not_grow(api, installed, counted):
    assert counted(lambda: api.browser.get("/fakts/.well-known/fakts")) == []
    assert len(counted(lambda: api.browser.get("/fakts/o/jwks/"))) == 1
