"""The mandate key grant (protocol page 1.5 c)."""

from __future__ import annotations

import json

import jwt
import pytest
from appside import manifest, requirement

from fakts_server.domain.mandate import MandateRevocation
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.operations.admin import admin_run
from fakts_server.operations.bootstrap import bootstrap
from fakts_server.operations.mandate import mandate_revoke
from fakts_server.operations.organization import organization_create
from fakts_server.operations.user import member_set

GRANT = "urn:fakts:grant-type:mandate-key"


def refused(answer, code="invalid_grant", status=400):
    assert (answer.status_code, answer.json()["error"]) == (status, code), answer.content


def test_a_key_logs_an_app_in_without_a_refresh_token(api, key):
    answer = api.mandate(key)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    envelope = answer.json()
    assert "refresh_token" not in envelope
    assert envelope["statuses"] == {"rekuest": "granted", "s3": "granted"}


def test_the_token_verifies_by_the_published_keys(api, key):
    token = api.mandate(key).json()["access_token"]
    keys = api.browser.get("/fakts/o/jwks/").json()["keys"]
    header = jwt.get_unverified_header(token)
    [entry] = [entry for entry in keys if entry["kid"] == header["kid"]]
    claims = jwt.decode(token, jwt.PyJWK.from_dict(entry), audience="rekuest", issuer="bauhof")
    assert header["alg"] == "RS256"
    assert claims["aud"] == ["fakts", "rekuest", "s3"]
    assert claims["roles"] == ["admin"]
    assert claims["active_org"] == "lab"
    assert isinstance(claims["org"], str)
    assert claims["preferred_username"] == "ada"
    assert claims["client_app"] == "org.example.blobs"
    assert claims["client_release"] == "0.2.0"
    assert claims["client_device"] != "3d12aa"
    assert {"jti", "hub", "scope", "client_id", "iat", "exp", "sub"} <= set(claims)


def test_renewal_is_the_same_client(api, key):
    first, second = api.mandate(key).json(), api.mandate(key).json()
    assert first["client_id"] == second["client_id"]
    assert Client.objects.count() == 1


def test_renewal_writes_nothing_and_asks_little(api, key, django_assert_num_queries):
    api.mandate(key)
    with django_assert_num_queries(2):
        api.mandate(key)


def test_a_changed_manifest_is_taken_over(api, key):
    api.mandate(key)
    wishes = [requirement("mikro", "live.arkitekt.mikro")]
    envelope = api.mandate(key, requirements=wishes).json()
    assert envelope["statuses"] == {"mikro": "granted"}
    assert Client.objects.count() == 1


def test_an_instance_that_comes_later_is_wired_at_the_next_login(api, lab, configured):
    organization = organization_create(slug="early")
    order = {"op": "key.create", "username": "ada", "organization": "early"}
    member_set(user=lab.user, organization=organization, roles=["user"])
    key = admin_run(order)["key"]
    wishes = [requirement("late", "live.late", optional=True)]
    assert api.mandate(key, requirements=wishes).json()["statuses"] == {"late": "unavailable"}
    configured(instances=[{"identifier": "late", "service": "live.late"}])
    bootstrap()
    envelope = api.mandate(key, requirements=wishes).json()
    assert envelope["statuses"] == {"late": "granted"}
    configured(instances=[])
    bootstrap()
    envelope = api.mandate(key, requirements=wishes).json()
    assert envelope["statuses"] == {"late": "unavailable"}


@pytest.mark.parametrize("wrong", ["bmk_unknown", "x", "\0", "ä"])
def test_unknown_keys_are_refused(api, key, wrong):
    refused(api.mandate(wrong))


def test_only_the_hash_of_a_key_is_kept(key):
    mandate = Mandate.objects.get()
    assert key not in str(mandate.__dict__)
    assert key.startswith(mandate.key_prefix)


def test_a_withdrawn_key_is_refused_and_its_clients_are_gone(api, key):
    api.mandate(key)
    mandate_revoke(mandate=Mandate.objects.get())
    refused(api.mandate(key))
    assert not Client.objects.exists()
    assert Mandate.objects.get().revocation_reason == MandateRevocation.REVOKED


def test_an_expired_key_is_refused(api, lab, now):
    order = {"op": "key.create", "username": "ada", "organization": "lab", "expires_seconds": 60}
    key = admin_run(order)["key"]
    assert api.mandate(key).status_code == 200
    now.forward(61)
    refused(api.mandate(key))


@pytest.mark.parametrize("how", ["removed", "blocked", "inactive"])
def test_a_key_dies_with_its_issuer(api, key, lab, how):
    if how == "removed":
        lab.delete()
    elif how == "blocked":
        lab.is_blocked = True
        lab.save()
    else:
        lab.user.is_active = False
        lab.user.save()
    refused(api.mandate(key))


def test_a_key_for_one_app_is_for_no_other(api, lab):
    order = {"op": "key.create", "username": "ada", "organization": "lab", "app": "org.one"}
    key = admin_run(order)["key"]
    assert api.mandate(key, identifier="org.one").status_code == 200
    refused(api.mandate(key, identifier="org.two"))


@pytest.mark.parametrize(
    ("pins", "changes", "admitted"),
    [
        ({"pin_version": "0.2.0"}, {}, True),
        ({"pin_version": "0.1.0"}, {}, False),
        ({"pin_device": "0" * 64}, {}, False),
        ({"pin_requirements": []}, {}, False),
        ({"max_clients": 0}, {}, False),
        ({"max_clients": 1}, {"device_id": None}, True),
    ],
)
def test_pins_are_held(api, key, pins, changes, admitted):
    Mandate.objects.update(**pins)
    answer = api.mandate(key, **changes)
    if admitted:
        assert answer.status_code == 200
    else:
        refused(answer)


def test_scopes_never_exceed_the_pin(api, key):
    Mandate.objects.update(pin_scopes=["read"])
    scopes = ["openid", "read", "write", "unheard-of"]
    assert api.mandate(key, scopes=scopes).json()["scope"] == "read"


def test_the_number_of_devices_is_held(api, key):
    Mandate.objects.update(max_clients=2)
    assert api.mandate(key, device_id="one").status_code == 200
    assert api.mandate(key, device_id="two").status_code == 200
    refused(api.mandate(key, device_id="three"))
    assert api.mandate(key, device_id="one", version="0.3.0").status_code == 200


def test_a_missing_required_service_is_named(api, key):
    answer = api.mandate(key, requirements=[requirement("x", "live.nobody.x")])
    refused(answer, "invalid_target")
    assert "live.nobody.x" in answer.json()["error_description"]
    assert not Client.objects.exists()


def test_a_missing_optional_service_is_a_status(api, key):
    wishes = [requirement("x", "live.nobody.x", optional=True)]
    assert api.mandate(key, requirements=wishes).json()["statuses"] == {"x": "unavailable"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "invalid_request"),
        ({"key": "x"}, "invalid_request"),
        ({"key": "x", "manifest": "{"}, "invalid_request"),
        ({"key": "x", "manifest": "[]"}, "invalid_request"),
        ({"key": "", "manifest": json.dumps(manifest())}, "invalid_request"),
        ({"key": "x", "manifest": json.dumps(manifest(identifier="a/b"))}, "invalid_request"),
    ],
)
def test_bad_forms_get_a_typed_answer(api, key, fields, code):
    refused(api.token(grant_type=GRANT, **fields), code)


def test_revocation_reaches_everything_below(lab, key):
    top = Mandate.objects.get()
    child = Mandate.objects.create(grantor=lab, hub=top.hub, parent=top, key_hash="c" * 64)
    leaf = Mandate.objects.create(grantor=lab, hub=top.hub, parent=child, key_hash="d" * 64)
    mandate_revoke(mandate=top)
    leaf.refresh_from_db()
    assert leaf.revocation_reason == MandateRevocation.PARENT_REVOKED
