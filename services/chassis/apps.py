"""Django app configuration of the chassis: management commands; `background` has its tables."""

from __future__ import annotations

import sys
from typing import Any, cast

from django.apps import AppConfig, apps

#: The optimizer of GraphQL queries imports these anew for each relation of each query.
_CONTENT_TYPES = ("django.contrib.contenttypes.models", "django.contrib.contenttypes.fields")


class ChassisConfig(AppConfig):
    """The shared base of all services."""

    name = "chassis"
    label = "chassis"

    def ready(self) -> None:
        """Make the import of an app that is not installed fail at once.

        Python does not remember an import that failed: it would read the module's file and run it
        until it fails again, a millisecond for each relation of a query.
        """
        if not apps.is_installed("django.contrib.contenttypes"):
            modules = cast(dict[str, Any], sys.modules)
            for name in _CONTENT_TYPES:
                modules.setdefault(name, None)
