"""Refreshing (protocol page 1.5 b and d)."""

from __future__ import annotations

import jwt
import pytest

from fakts_server.models.credential import RefreshToken
from fakts_server.models.instance import ServiceInstance
from fakts_server.models.organization import Role


def refused(answer, code="invalid_grant", status=400):
    assert (answer.status_code, answer.json()["error"]) == (status, code), answer.content


def claims(envelope):
    return jwt.decode(envelope["access_token"], options={"verify_signature": False})


def test_each_use_rotates(api, logged_in, now):
    after = api.refresh(logged_in).json()
    assert after["refresh_token"] != logged_in["refresh_token"]
    assert set(after) == set(logged_in)
    assert after["instances"] == logged_in["instances"]


def test_tokens_are_kept_as_hashes(logged_in):
    token = RefreshToken.objects.get()
    assert logged_in["refresh_token"] not in str(token.__dict__)


def test_a_used_token_works_within_the_grace_and_not_after(api, logged_in, now):
    assert api.refresh(logged_in).status_code == 200
    now.forward(7)
    assert api.refresh(logged_in).status_code == 200
    now.forward(2)
    refused(api.refresh(logged_in))


def test_reuse_does_not_revoke_the_siblings(api, logged_in, now):
    after = api.refresh(logged_in).json()
    now.forward(60)
    refused(api.refresh(logged_in))
    assert api.refresh(after).status_code == 200


def test_the_grace_is_a_config_key(api, logged_in, now, configured):
    configured(refresh_grace_seconds=0)
    assert api.refresh(logged_in).status_code == 200
    now.forward(0.1)
    refused(api.refresh(logged_in))


def test_an_unused_token_ends(api, logged_in, now):
    now.forward(30 * 86_400 + 1)
    refused(api.refresh(logged_in))


def test_a_chain_ends_however_often_it_was_renewed(api, logged_in, now):
    envelope = logged_in
    for _ in range(8):
        now.forward(20 * 86_400)
        envelope = api.refresh(envelope).json()
    now.forward(21 * 86_400)
    refused(api.refresh(envelope))


def test_a_foreign_client_id_is_refused(api, logged_in):
    refused(api.refresh({**logged_in, "client_id": "another"}), "invalid_client", 401)
    assert api.refresh(logged_in).status_code == 200


def test_a_static_credential_may_leave_the_client_id_out(api, logged_in):
    answer = api.token(grant_type="refresh_token", refresh_token=logged_in["refresh_token"])
    assert answer.json()["client_id"] == logged_in["client_id"]


@pytest.mark.parametrize("token", ["brt_unknown", "x", "\0", "ä" * 900, "' OR 1=1 --"])
def test_unknown_tokens_are_refused(api, logged_in, token):
    refused(api.refresh({**logged_in, "refresh_token": token}))


def test_roles_are_read_at_each_refresh(api, logged_in, lab):
    assert claims(logged_in)["roles"] == ["admin"]
    lab.roles.set(Role.objects.filter(organization=lab.organization, identifier="viewer"))
    assert claims(api.refresh(logged_in).json())["roles"] == ["viewer"]
    lab.roles.clear()
    assert claims(api.refresh(logged_in).json())["roles"] == []


def test_a_removed_member_is_out(api, logged_in, lab):
    lab.delete()
    refused(api.refresh(logged_in))


@pytest.mark.parametrize("how", ["blocked", "inactive"])
def test_a_blocked_member_is_out(api, logged_in, lab, how):
    if how == "blocked":
        lab.is_blocked = True
        lab.save()
    else:
        lab.user.is_active = False
        lab.user.save()
    refused(api.refresh(logged_in))


def test_a_withdrawn_instance_is_unavailable_at_the_next_refresh(api, logged_in):
    ServiceInstance.objects.filter(identifier="s3").delete()
    envelope = api.refresh(logged_in).json()
    assert envelope["statuses"] == {"rekuest": "granted", "s3": "unavailable"}
    assert set(envelope["instances"]) == {"rekuest"}
    assert claims(envelope)["aud"] == ["fakts", "rekuest"]


def test_aliases_follow_the_origin_of_each_call(api, logged_in):
    answer = api.browser.post(
        "/fakts/o/token/",
        f"grant_type=refresh_token&refresh_token={logged_in['refresh_token']}",
        content_type="application/x-www-form-urlencoded",
        headers={"host": "127.0.0.1:8123", "x-forwarded-proto": "https"},
    )
    [alias] = answer.json()["instances"]["rekuest"]["aliases"]
    assert (alias["host"], alias["port"], alias["ssl"]) == ("127.0.0.1", 8123, True)
    assert alias["reach"] == "loopback"
    before = logged_in["instances"]["rekuest"]["aliases"][0]
    assert alias["id"] == before["id"]
