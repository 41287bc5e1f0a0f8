from __future__ import annotations

from chassis.config import load_config
from chassis.settings import build_settings
from sample_server.config import SampleConfig

globals().update(build_settings(load_config(SampleConfig), package="sample_server"))
