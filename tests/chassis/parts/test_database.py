"""What a real PostgreSQL says of the service's database, and what is said when it is silent."""

from __future__ import annotations

import socket
import time

import psycopg
import pytest
from django.db import connection, connections
from prometheus_client import CollectorRegistry, generate_latest

from chassis.config import DatabaseConfig
from chassis.parts import database
from chassis.parts.lookup import LookedUp


def told() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(LookedUp(database.look))
    # One look, which all values below are of.
    generate_latest(registry)
    return registry


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    found = registry.get_sample_value(f"bauhof_postgres_{name}", labels)
    assert found is not None, f"nothing is told of {name} {labels}"
    return found


@pytest.fixture
def outside(transactional_db):
    """Another connection to the same database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        facts = connection.connection.info
        where = f"host={facts.host} user={facts.user} dbname={facts.dbname}"
    with psycopg.connect(where) as made:
        yield made


def test_size_and_connections_are_those_of_the_database(outside):
    size = outside.execute("SELECT pg_database_size(current_database())").fetchone()[0]
    limit = outside.execute("SHOW max_connections").fetchone()[0]
    registry = told()
    assert value(registry, "up") == 1
    assert abs(value(registry, "database_bytes") - size) < size / 2
    assert 2 <= value(registry, "connections") <= int(limit)
    assert 0 < value(registry, "connections_limit") <= int(limit)
    assert value(registry, "deadlocks_total") >= 0
    assert value(registry, "dead_rows") >= 0


def test_a_transaction_that_is_left_open_shows(outside):
    outside.execute("SELECT 1")
    registry = told()
    assert value(registry, "sessions", state="idle_in_transaction") >= 1
    first = value(registry, "oldest_transaction_seconds")
    assert first > 0
    assert value(told(), "oldest_transaction_seconds") > first


def test_transactions_are_counted_by_how_they_ended(outside):
    before = value(told(), "transactions_total", outcome="rolled_back")
    for _ in range(3):
        outside.execute("SELECT 1")
        outside.rollback()
    # Statistics of a session are told at the latest when it ends.
    outside.close()
    until = time.monotonic() + 120
    while value(told(), "transactions_total", outcome="rolled_back") < before + 3:
        assert time.monotonic() < until, "no rollback was counted"
        time.sleep(0.2)
    assert value(told(), "transactions_total", outcome="committed") > 0


def test_the_look_holds_no_connection(outside):
    told()
    until = time.monotonic() + 120
    mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%metrics'"
    while outside.execute(mine).fetchone()[0]:
        outside.rollback()
        assert time.monotonic() < until, "the look left its connection open"
        time.sleep(0.1)


@pytest.fixture
def elsewhere(monkeypatch):
    """Look for the database in another place."""

    def look(**place: str) -> CollectorRegistry:
        settings = {**connections["default"].settings_dict, **place}
        monkeypatch.setattr(connections["default"], "settings_dict", settings)
        return told()

    return look


def test_a_database_that_is_away_is_said_to_be(elsewhere, tmp_path):
    registry = elsewhere(HOST=str(tmp_path))
    assert value(registry, "up") == 0
    assert registry.get_sample_value("bauhof_postgres_database_bytes") is None


def test_a_password_that_is_refused_stands_in_no_answer(elsewhere, caplog):
    registry = elsewhere(USER="nobody_of_that_name", PASSWORD="hunter2-hunter2")
    assert value(registry, "up") == 0
    assert "hunter2" not in caplog.text + generate_latest(registry).decode()


def test_a_database_that_takes_the_call_and_is_silent_counts_as_away(elsewhere, tmp_path):
    port = DatabaseConfig().port
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / f".s.PGSQL.{port}"))
        silent.listen()
        registry = elsewhere(HOST=str(tmp_path), PORT=str(port))
    assert value(registry, "up") == 0


async def test_the_view_tells_of_the_database(http):
    answer = await http.get("/sample/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "bauhof_postgres_up 1.0" in answer.text
    assert "bauhof_redis" not in answer.text


async def test_the_view_is_read_only(http):
    assert (await http.post("/sample/metrics")).status_code == 405
