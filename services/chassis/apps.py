"""Django app configuration of the chassis: it brings management commands and no tables."""

from __future__ import annotations

from django.apps import AppConfig


class ChassisConfig(AppConfig):
    """The shared base of all services."""

    name = "chassis"
    label = "chassis"
