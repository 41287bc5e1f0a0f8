"""Bring a service's database up to date, once, whoever comes first."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from chassis.logs import get_logger

logger = get_logger(__name__)

#: Any fixed number will do; each service has a database, and so a lock, of its own.
_LOCK = 0x62617568


def migrate_and_bootstrap() -> None:
    """Run migrations, then the service's `BOOTSTRAP` hooks, under an advisory lock."""
    hooks: list[Callable[[], None]] = getattr(
        import_module(f"{settings.BAUHOF_PACKAGE}.app"), "BOOTSTRAP", []
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
            for hook in hooks:
                hook()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    finally:
        connection.close()
    logger.info("the database is up to date", extra={"event": "database.migrated"})
