"""Configuration of the mikro service; the keys every service has are in `chassis.config`."""

from __future__ import annotations

from typing import ClassVar

from chassis.config import ServiceConfig


class MikroConfig(ServiceConfig):
    """Keys of the section `mikro`."""

    service: ClassVar[str] = "mikro"
