"""The Django application of the mikro service."""

from __future__ import annotations

from django.apps import AppConfig


class MikroServerConfig(AppConfig):
    """Names the application; its label is the prefix of every table."""

    name = "mikro_server"
    label = "mikro"
    verbose_name = "Mikro"
    default_auto_field = "django.db.models.BigAutoField"
