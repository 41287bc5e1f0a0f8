"""The pool of connections outlives the connections in it."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

END_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.django_db(transaction=True)
def test_connections_the_server_ended_are_noticed_before_anybody_uses_them():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        parameters = connection.connection.info
        where = f"host={parameters.host} user={parameters.user} dbname={parameters.dbname}"
    connection.close()  # goes back into the pool
    with psycopg.connect(where) as outside:
        assert outside.execute(END_OTHERS).fetchone()[0] >= 1
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 2")
            assert cursor.fetchone() == (2,)
        connection.close()
