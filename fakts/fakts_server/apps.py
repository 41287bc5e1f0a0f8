"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig


class FaktsAppConfig(AppConfig):
    """Fakts: people, organizations, apps and the handshake."""

    name = "fakts_server"
    label = "fakts"
    default_auto_field = "django.db.models.BigAutoField"
