"""Pitfalls of earlier servers (protocol page 7) that no other test of this room names.

1 one code for people and machines, 4 deciding by row id: test_device_code, operations;
2 fetching logos: test_app_authorization; 5 foreign rows by id: graphql/test_tenancy;
6 one audience for all: test_refresh; 9 unauthenticated reports: test_endpoints;
11 host headers: test_discovery and here; 12 forwarded addresses: test_app_authorization.
"""

from __future__ import annotations

import logging

import pytest
from appside import Api

from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode, RefreshToken
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Hub
from fakts_server.operations.organization import organization_create


def test_no_secret_reaches_the_log(api, logged_in, key, caplog):
    caplog.set_level(logging.DEBUG)
    api.mandate(key)
    api.mandate(key + "x")
    after = api.refresh(logged_in).json()
    api.refresh({**after, "client_id": "another"})
    api.form("/fakts/o/revoke/", token=after["refresh_token"])
    for record in caplog.records:
        # Statements of the test database hold hashes, which is the point of hashing.
        text = f"{record.getMessage()} {vars(record)}"
        for secret in (key, logged_in["refresh_token"], after["refresh_token"]):
            assert secret not in text


def test_no_secret_is_kept_in_the_clear(api, logged_in, key):
    started = api.start()
    rows = [
        *DeviceCode.objects.values(),
        *RefreshToken.objects.values(),
        *Mandate.objects.values(),
        *Client.objects.values(),
    ]
    for secret in (started["device_code"], logged_in["refresh_token"], key):
        assert secret not in str(rows)


def test_a_foreign_host_steers_no_address(logged_in):
    evil = Api(host="evil.example", **{"x-forwarded-host": "evil.example"})
    assert b"evil" not in evil.browser.get("/.well-known/fakts").content
    assert "evil" not in str(evil.start())
    assert b"evil" not in evil.refresh(logged_in).content


def test_hubs_cannot_be_guessed(installed):
    ids = {
        Hub.objects.get(organization=organization_create(slug=slug)).uid for slug in ("one", "two")
    }
    assert {uid.version for uid in ids} == {4}


@pytest.mark.parametrize(
    "path",
    [
        "o/applications/",
        "f/claim/",
        "f/retrieve/",
        "f/redeem/",
        "f/start/",
        "admin/",
    ],
)
def test_nothing_else_is_served(api, installed, path):
    assert api.browser.get(f"/fakts/{path}").status_code == 404
    assert api.browser.post(f"/fakts/{path}").status_code == 404
