"""Django settings of the Rekuest broker."""

from __future__ import annotations

from chassis.config import load_config
from chassis.settings import build_settings
from rekuest_server.config import RekuestConfig

globals().update(
    build_settings(
        load_config(RekuestConfig),
        package="rekuest_server",
        apps=["django.contrib.contenttypes", "django.contrib.postgres", "strawberry_django"],
    )
)
