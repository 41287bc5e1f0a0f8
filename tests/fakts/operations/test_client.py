"""Binding clients."""

from __future__ import annotations

import queue
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from fakts_server.models.app import App, Device
from fakts_server.models.client import Client
from fakts_server.models.credential import Revocation


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


SHUT = {
    "the member": "UPDATE fakts_membership SET is_blocked = true",
    "the person": "UPDATE fakts_user SET is_active = false",
}


@pytest.fixture
def lasting(transactional_db, lab):
    """A membership that other connections see, too."""
    return lab


@pytest.mark.parametrize("whom", SHUT)
def test_a_client_made_during_a_block_is_listed(lasting, api, approve, whom):
    """The block waits for it, so that its first token is not overlooked."""
    started, pids = api.start(), queue.SimpleQueue()

    def block():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.put(cursor.fetchone()[0])
                cursor.execute(SHUT[whom])
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            approve(started)
            blocker = pool.submit(block)
            wait_for_lock(pids.get(timeout=120))
        blocker.result(60)

    assert Revocation.objects.get().client_id == started["client_id"]


def wait_for_lock(pid):
    """Wait until a backend is held up by another."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
            if cursor.fetchone() == (True,):
                return
        time.sleep(0.01)
    raise AssertionError("nothing holds it up")
