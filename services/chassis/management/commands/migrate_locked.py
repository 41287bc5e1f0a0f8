"""Bring the database up to date under a lock, as `serve --migrate` does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from chassis.migration import migrate_and_bootstrap


class Command(BaseCommand):
    """Migrate and bootstrap."""

    help = "Run migrations and bootstrap hooks under an advisory lock."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        migrate_and_bootstrap()
