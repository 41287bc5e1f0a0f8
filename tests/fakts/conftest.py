"""Fixtures of the fakts suite.

- `installed`: the service after its bootstrap, with the instances of `INSTANCES`
- `configured`: call it with keys to change the configuration for one test
- `own_tokens`: its doors take the tokens it signs, not those of the mint
- `lab`, `rival`: two organizations, each with an admin `ada` / `bob`
- `key`: a mandate key of ada's; `approve`: let a started device in; `logged_in`: its envelope
- `api`: Django's test client, speaking as an app would
- `now`: a clock that stands still until `now.forward(seconds)`
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from appside import PASSWORD, Api
from asgiref.sync import sync_to_async
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from django.conf import settings
from django.contrib.auth import hashers

from chassis import clock
from chassis.config import current
from chassis.identity import TokenVerifier, set_verifier
from fakts_server.adapters import keystore
from fakts_server.adapters.throttle import floods
from fakts_server.config import FaktsConfig
from fakts_server.models.organization import Membership
from fakts_server.operations.admin import admin_run
from fakts_server.operations.bootstrap import bootstrap
from fakts_server.operations.device_code import device_code_approve
from fakts_server.operations.organization import organization_create
from fakts_server.operations.signing_key import forget_active_key
from fakts_server.operations.user import user_create
from fakts_server.selectors.signing_key import public_keys

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


@lru_cache
def _private_key(number: int) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


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
def _fresh_process_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The real hasher takes a third of a second a password, on purpose.
    monkeypatch.setattr(
        settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"]
    )
    hashers.get_hashers.cache_clear()
    hashers.get_hashers_by_algorithm.cache_clear()
    # Making a key takes longer than most tests; three real ones are made once and take turns.
    turns = itertools.count()
    monkeypatch.setattr(keystore, "generate_private_key", lambda **_: _private_key(next(turns) % 3))
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
def own_tokens(installed: FaktsConfig) -> Iterator[None]:
    """Let the service take the tokens it signs, as it does outside of tests."""

    async def keys() -> Mapping[str, Any]:
        return {"keys": await sync_to_async(public_keys)()}

    set_verifier(TokenVerifier(installed.tokens, audience=installed.audience, keys=keys))
    yield
    set_verifier(None)


@pytest.fixture
def lab(installed: FaktsConfig) -> Membership:
    organization = organization_create(slug="lab")
    return user_create(username="ada", organization=organization, role="admin", password=PASSWORD)


@pytest.fixture
def rival(installed: FaktsConfig) -> Membership:
    organization = organization_create(slug="rival")
    return user_create(username="bob", organization=organization, role="admin", password=PASSWORD)


@pytest.fixture
def key(lab: Membership) -> str:
    """A mandate key of ada's."""
    order = {"op": "key.create", "username": "ada", "organization": "lab"}
    return str(admin_run(order)["key"])


@pytest.fixture
def approve(lab: Membership) -> Callable[..., Any]:
    """Let a started device in as ada."""

    def decide(started: dict[str, Any], *decline: str, membership: Membership = lab) -> Any:
        return device_code_approve(
            user_code=started["user_code"],
            membership=membership,
            declined=frozenset(decline),
        )

    return decide


@pytest.fixture
def logged_in(api: Api, approve: Callable[..., Any]) -> dict[str, Any]:
    """The envelope of an app that ada let in."""
    started = api.start()
    approve(started)
    answer = api.poll(started)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


@pytest.fixture
def api() -> Api:
    return Api()
