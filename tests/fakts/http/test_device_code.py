"""Polling with a device code (protocol page 1.5 a)."""

from __future__ import annotations

import pytest

from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.operations.device_code import device_code_deny


def refused(answer, code, status=400):
    assert (answer.status_code, answer.json()["error"]) == (status, code), answer.content
    assert answer["Cache-Control"] == "no-store"


def test_nobody_has_decided_yet(api, lab, now):
    refused(api.poll(api.start()), "authorization_pending")


def test_too_early_polls_are_slowed_down(api, lab, now):
    started = api.start()
    refused(api.poll(started), "authorization_pending")
    now.forward(0.5)
    refused(api.poll(started), "slow_down")
    now.forward(2)
    refused(api.poll(started), "authorization_pending")


def test_a_denied_device_hears_so(api, lab, now):
    started = api.start()
    device_code_deny(user_code=started["user_code"], membership=lab)
    refused(api.poll(started), "access_denied")


def test_an_expired_code_hears_so(api, lab, now):
    started = api.start()
    now.forward(301)
    refused(api.poll(started), "expired_token")


def test_an_approved_device_gets_its_envelope(api, lab, approve, now):
    started = api.start()
    approve(started)
    envelope = api.poll(started).json()
    assert envelope["client_id"] == started["client_id"]
    assert envelope["refresh_token"]
    assert envelope["token_type"] == "Bearer"
    assert envelope["scope"] == "openid"
    assert envelope["self"]["alias"]["path"] == "fakts"
    assert envelope["self"]["organization"] == str(lab.organization_id)
    rekuest = envelope["instances"]["rekuest"]
    assert rekuest["service"] == "live.arkitekt.rekuest"
    [alias] = rekuest["aliases"]
    assert (alias["path"], alias["challenge"], alias["kind"]) == ("rekuest", "ht", "absolute")
    assert isinstance(alias["id"], str)
    [store] = envelope["instances"]["s3"]["aliases"]
    assert (store["path"], store["challenge"]) == (None, "minio/health/live")


def test_a_lost_answer_is_given_again_for_a_few_seconds(api, lab, approve, now):
    started = api.start()
    approve(started)
    first = api.poll(started).json()
    now.forward(4)
    second = api.poll(started)
    assert second.status_code == 200
    assert second.json()["client_id"] == first["client_id"]
    now.forward(30)
    # Only the answer that was given last goes on; the lost one is a used token.
    refused(api.refresh(first), "invalid_grant")
    assert api.refresh(second.json()).status_code == 200
    refused(api.poll(started), "invalid_grant")


@pytest.mark.parametrize(
    "change",
    [{"device_code": "bdc_unknown"}, {"client_id": "another"}, {"device_code": "x\0y"}],
)
def test_unknown_codes_and_foreign_clients_are_refused(api, lab, approve, change):
    started = api.start()
    approve(started)
    refused(api.poll({**started, **change}), "invalid_grant")
    assert DeviceCode.objects.get().redeemed_at is None


def test_the_user_code_does_not_poll(api, lab, approve):
    started = api.start()
    approve(started)
    refused(api.poll({**started, "device_code": started["user_code"]}), "invalid_grant")


def test_approval_again_is_the_same_client(api, lab, approve, now):
    first, second = api.start(), api.start()
    approve(first)
    before = api.poll(first).json()
    now.forward(60)
    approve(second)
    after = api.poll(second).json()
    assert after["client_id"] == before["client_id"]
    assert Client.objects.count() == 1
    assert api.refresh(before).status_code == 200
    assert api.refresh(after).status_code == 200


@pytest.mark.parametrize("change", [{"version": "0.3.0"}, {"device_id": "another"}])
def test_another_release_or_device_is_another_client(api, lab, approve, change):
    first, second = api.start(), api.start(**change)
    approve(first)
    approve(second)
    assert Client.objects.count() == 2


def test_a_member_removed_before_the_poll_gets_nothing(api, lab, approve):
    started = api.start()
    approve(started)
    lab.delete()
    refused(api.poll(started), "invalid_grant")


def test_polls_are_never_throttled_into_failure(api, lab, configured, now):
    configured(throttles={"token_failures_per_minute": 2})
    started = api.start()
    for _ in range(5):
        now.forward(2)
        refused(api.poll(started), "authorization_pending")


def test_guessed_codes_are_throttled(api, lab, configured):
    configured(throttles={"token_failures_per_minute": 2})
    started = {"device_code": "bdc_guess", "client_id": "x"}
    answers = [api.poll(started) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
