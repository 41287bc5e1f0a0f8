"""Configuration of the kabinet service; the keys every service has are in `chassis.config`."""

from __future__ import annotations

from typing import ClassVar

from chassis.config import ServiceConfig


class KabinetConfig(ServiceConfig):
    """Keys of the section `kabinet`."""

    service: ClassVar[str] = "kabinet"
