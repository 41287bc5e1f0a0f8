"""The async connection pool of the task path, beside Django's own connections."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import psycopg
from django.db import connection
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from chassis.config import DatabaseConfig
from chassis.settings import database_password

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

#: What can go wrong with a database that is away or going away.
DATABASE_FAULTS = (psycopg.Error, PoolTimeout, OSError)

#: The statements of the task path are small, and find rows by keys. To compile them or to plan them
#: anew costs more than to run them; and a plan made while a table was small must not read all of it
#: once it is not.
_OPTIONS = "-c jit=off -c enable_seqscan=off -c plan_cache_mode=force_generic_plan"


def connection_arguments(config: DatabaseConfig) -> dict[str, str]:
    """Return how to connect, as libpq names it; the database is the one Django uses."""
    settings = connection.settings_dict
    arguments = {
        "host": config.host,
        "port": str(config.port),
        # Tests run Django on a database of their own; both paths must meet in the same one.
        "dbname": str(settings["NAME"]),
        "user": str(settings["USER"]),
        "application_name": "rekuest-tasks",
        "options": _OPTIONS,
    }
    password = database_password(config)
    if password:
        arguments["password"] = password
    return arguments


async def _configure(conn: Connection) -> None:
    conn.prepare_threshold = 1


async def connect(config: DatabaseConfig) -> Connection:
    """Open a connection that stays with its holder, outside the pool."""
    conninfo = make_conninfo(**connection_arguments(config))
    return await Connection.connect(conninfo, autocommit=True)


@contextlib.asynccontextmanager
async def open_pool(config: DatabaseConfig, size: int) -> AsyncIterator[Pool]:
    """Hold a pool of autocommit connections open."""
    pool: Pool = AsyncConnectionPool(
        kwargs={**connection_arguments(config), "autocommit": True},
        connection_class=Connection,
        configure=_configure,
        min_size=2,
        max_size=size,
        timeout=10,
        check=None,
        open=False,
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()
