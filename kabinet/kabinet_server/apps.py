"""The Django application of the kabinet service."""

from __future__ import annotations

from django.apps import AppConfig


class KabinetServerConfig(AppConfig):
    """Names the application; its label is the prefix of every table."""

    name = "kabinet_server"
    label = "kabinet"
    verbose_name = "Kabinet"
    default_auto_field = "django.db.models.BigAutoField"
