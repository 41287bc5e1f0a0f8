"""Print the GraphQL schema definition, the text that is committed as `schema.graphql`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chassis.graphql.schema import print_sdl


class Command(BaseCommand):
    """Print the SDL of this service."""

    help = "Print the GraphQL schema definition of this service."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        app = import_module(f"{settings.BAUHOF_PACKAGE}.app")
        self.stdout.write(print_sdl(app.SCHEMA), ending="")
