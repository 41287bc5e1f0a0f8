"""What PostgreSQL says of the service's own database, from its statistics alone.

By a connection of its own, so that a pool in which all are taken hides nothing.
"""

from __future__ import annotations

import contextlib
from typing import Any

import psycopg
from django.db import connections
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from chassis.logs import get_logger
from chassis.parts.lookup import PATIENCE_SECONDS

logger = get_logger(__name__)

_FACTS = """
SELECT pg_database_size(current_database()),
       (SELECT coalesce(sum(numbackends), 0)::bigint FROM pg_stat_database),
       current_setting('max_connections')::bigint
         - current_setting('superuser_reserved_connections')::bigint
         - coalesce(current_setting('reserved_connections', true), '0')::bigint,
       (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8
          FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()),
       own.xact_commit, own.xact_rollback, own.deadlocks,
       (SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables),
       (SELECT extract(epoch FROM max(last_autovacuum))::float8 FROM pg_stat_user_tables)
  FROM pg_stat_database own
 WHERE own.datname = current_database()
"""
_SESSIONS = """
SELECT CASE WHEN state LIKE 'idle in transaction%' THEN 'idle_in_transaction'
            WHEN state IN ('active', 'idle') THEN state ELSE 'other' END, count(*)
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
 GROUP BY 1
"""


def look() -> list[Metric]:
    """Return the metrics; of a database that does not answer, that alone."""
    try:
        facts, sessions = _ask()
    except psycopg.Error as error:
        logger.warning(
            "the database told no metrics",
            extra={"event": "metrics.failed", "reason": type(error).__name__},
        )
        return [_up(0)]
    return [_up(1), *_told(facts, sessions)]


def _ask() -> tuple[tuple[Any, ...], dict[str, int]]:
    place = connections["default"].settings_dict
    name = place["OPTIONS"].get("application_name", "bauhof")
    with contextlib.closing(
        psycopg.connect(
            host=place["HOST"],
            port=place["PORT"],
            dbname=place["NAME"],
            user=place["USER"],
            password=place["PASSWORD"] or None,
            connect_timeout=PATIENCE_SECONDS,
            application_name=f"{name} metrics",
            options=f"-c statement_timeout={PATIENCE_SECONDS}s",
            autocommit=True,
        )
    ) as connection:
        facts = connection.execute(_FACTS).fetchone()
        sessions = connection.execute(_SESSIONS).fetchall()
    assert facts is not None  # one row, that of the database it is connected to
    return facts, dict(sessions)


def _up(value: int) -> Metric:
    return GaugeMetricFamily(
        "bauhof_postgres_up", "Whether the database of this service answers.", value
    )


def _told(facts: tuple[Any, ...], sessions: dict[str, int]) -> list[Metric]:
    size, connected, limit, oldest, committed, rolled_back, deadlocks, dead, vacuumed = facts
    states = GaugeMetricFamily(
        "bauhof_postgres_sessions",
        "Sessions in the database of this service, by what they do.",
        labels=["state"],
    )
    for state in ("active", "idle", "idle_in_transaction", "other"):
        states.add_metric([state], sessions.get(state, 0))
    transactions = CounterMetricFamily(
        "bauhof_postgres_transactions_total",
        "Transactions in the database of this service.",
        labels=["outcome"],
    )
    transactions.add_metric(["committed"], committed)
    transactions.add_metric(["rolled_back"], rolled_back)
    told: list[Metric] = [
        GaugeMetricFamily(
            "bauhof_postgres_database_bytes", "Size of the database of this service.", size
        ),
        GaugeMetricFamily(
            "bauhof_postgres_connections", "Connections to the server, to all databases.", connected
        ),
        GaugeMetricFamily(
            "bauhof_postgres_connections_limit", "Most connections that services may have.", limit
        ),
        GaugeMetricFamily(
            "bauhof_postgres_oldest_transaction_seconds",
            "Age of the oldest open transaction in the database of this service.",
            oldest,
        ),
        CounterMetricFamily(
            "bauhof_postgres_deadlocks_total",
            "Deadlocks in the database of this service.",
            deadlocks,
        ),
        GaugeMetricFamily("bauhof_postgres_dead_rows", "Rows that wait to be cleared away.", dead),
        states,
        transactions,
    ]
    if vacuumed is not None:
        told.append(
            GaugeMetricFamily(
                "bauhof_postgres_autovacuum_timestamp_seconds",
                "When the database last cleared a table by itself.",
                vacuumed,
            )
        )
    return told
