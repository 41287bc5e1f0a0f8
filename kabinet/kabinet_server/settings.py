"""Django settings of the kabinet process, built from its configuration."""

from __future__ import annotations

from chassis.config import load_config
from chassis.settings import build_settings
from kabinet_server.config import KabinetConfig

globals().update(build_settings(load_config(KabinetConfig), package="kabinet_server"))
