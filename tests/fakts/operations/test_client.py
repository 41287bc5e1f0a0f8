"""Binding clients."""

from __future__ import annotations

from fakts_server.models.app import App, Device
from fakts_server.models.client import Client


def test_organizations_share_no_app_and_no_device(api, lab, rival, approve):
    for member in (lab, rival):
        started = api.start()
        approve(started, membership=member)
    assert App.objects.count() == 2
    fingerprints = set(Device.objects.values_list("fingerprint", flat=True))
    assert len(fingerprints) == 2
    assert "3d12aa" not in fingerprints


def test_a_client_is_public_and_named_by_app_and_version(api, lab, approve):
    approve(api.start())
    client = Client.objects.get()
    assert client.client_type == Client.CLIENT_PUBLIC
    assert client.name == "org.example.blobs:0.2.0"


def test_unknown_scopes_are_never_granted(api, lab, approve):
    approve(api.start(scopes=["openid", "root", "openid"]))
    assert Client.objects.get().granted_scopes == ["openid"]


def test_an_app_without_a_device_has_one_client(api, lab, approve):
    approve(api.start(device_id=None))
    approve(api.start(device_id=None))
    assert Client.objects.count() == 1
