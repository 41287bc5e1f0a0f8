from __future__ import annotations

from typing import ClassVar

from chassis.config import ServiceConfig


class SampleConfig(ServiceConfig):
    service: ClassVar[str] = "sample"

    greeting: str = "hello"
