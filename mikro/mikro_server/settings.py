"""Django settings of the mikro process, built from its configuration."""

from __future__ import annotations

from chassis.config import load_config
from chassis.settings import build_settings
from mikro_server.config import MikroConfig

globals().update(build_settings(load_config(MikroConfig), package="mikro_server"))
