"""Fixtures of the fakts suite.

- `installed`: the service after its bootstrap, with the instances of `INSTANCES`
- `configured`: call it with keys to change the configuration for one test
- `lab`, `rival`: two organizations, each with an admin `ada` / `bob`
- `api`: Django's test client, speaking as an app would
- `now`: a clock that stands still until `now.forward(seconds)`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from appside import Api
from django.conf import settings

from chassis import clock
from chassis.config import current
from fakts_server.adapters.throttle import floods
from fakts_server.config import FaktsConfig
from fakts_server.models.organization import Membership
from fakts_server.operations.bootstrap import bootstrap
from fakts_server.operations.organization import organization_create
from fakts_server.operations.signing_key import forget_active_key
from fakts_server.operations.user import user_create

PASSWORD = "correct-horse-battery"
INSTANCES = [
    {"identifier": "rekuest", "service": "live.arkitekt.rekuest", "path": "rekuest"},
    {"identifier": "mikro", "service": "live.arkitekt.mikro", "path": "mikro"},
    {
        "identifier": "s3",
        "service": "live.arkitekt.s3",
        "path": "",
        "challenge": "minio/health/live",
    },
]


class StandingClock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock()
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FaktsConfig]:
    def change(**keys: Any) -> FaktsConfig:
        base = current(FaktsConfig).model_dump()
        for key, value in keys.items():
            base[key] = {**base[key], **value} if isinstance(value, dict) else value
        config = FaktsConfig.model_validate(base)
        monkeypatch.setattr(settings, "BAUHOF_CONFIG", config)
        return config

    return change


@pytest.fixture(autouse=True)
def _fresh_process_state() -> Iterator[None]:
    floods.clear()
    forget_active_key()
    yield
    forget_active_key()


@pytest.fixture
def installed(db: None, configured: Callable[..., FaktsConfig]) -> FaktsConfig:
    config = configured(instances=INSTANCES)
    bootstrap()
    return config


@pytest.fixture
def lab(installed: FaktsConfig) -> Membership:
    organization = organization_create(slug="lab")
    return user_create(username="ada", organization=organization, role="admin", password=PASSWORD)


@pytest.fixture
def rival(installed: FaktsConfig) -> Membership:
    organization = organization_create(slug="rival")
    return user_create(username="bob", organization=organization, role="admin", password=PASSWORD)


@pytest.fixture
def api() -> Api:
    return Api()
