"""What is forgotten, and what is not."""

from __future__ import annotations

from datetime import timedelta

from fakts_server.adapters.throttle import record_failure
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode, FailureCount, RefreshToken
from fakts_server.operations.sweep import expired_sweep


def test_what_lives_stays(api, logged_in, now):
    api.start()
    record_failure("login", "ada", timedelta(minutes=1))
    assert not any(expired_sweep().values())


def test_old_codes_go_and_clients_stay(api, logged_in, now):
    api.start()
    now.forward(900 + 3601)
    assert expired_sweep()["device_codes"] == 2
    assert not DeviceCode.objects.exists()
    assert Client.objects.count() == 1
    assert api.refresh(logged_in).status_code == 200


def test_used_tokens_go_after_a_day_and_the_session_lives_on(api, logged_in, now):
    after = api.refresh(logged_in).json()
    now.forward(86_401)
    assert expired_sweep()["refresh_tokens"] == 1
    assert RefreshToken.objects.count() == 1
    assert api.refresh(after).status_code == 200


def test_old_failures_are_forgotten(db, now):
    record_failure("login", "ada", timedelta(minutes=1))
    now.forward(86_401)
    expired_sweep()
    assert not FailureCount.objects.exists()
