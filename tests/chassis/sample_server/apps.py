from __future__ import annotations

from django.apps import AppConfig


class SampleServerConfig(AppConfig):
    name = "sample_server"
    label = "sample"
