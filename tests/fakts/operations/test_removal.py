"""What dies with a client."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from people import principal

from chassis import clock
from fakts_server.models.client import Client, ReportEntry
from fakts_server.models.mandate import Mandate
from fakts_server.operations.mandate_issue import Ceiling, mandate_key_issue
from fakts_server.operations.removal import client_remove
from fakts_server.wire.manifest import ManifestBody


def test_a_client_takes_its_sessions_and_mandates_along(api, logged_in, lab):
    client = Client.objects.get(client_id=logged_in["client_id"])
    ceiling = Ceiling(ManifestBody(identifier="org.example.sub", version="1", scopes=["openid"]))
    mandate, key = mandate_key_issue(
        principal=principal(lab, client=client.client_id), ceiling=ceiling, expires_in_days=1
    )
    sub = {"identifier": "org.example.sub", "version": "1", "requirements": []}
    assert api.mandate(key, **sub).status_code == 200
    client_remove(client=client)
    assert api.refresh(logged_in).json()["error"] == "invalid_grant"
    assert api.mandate(key, **sub).json()["error"] == "invalid_grant"
    kept = Mandate.objects.get(pk=mandate.pk)
    assert (kept.revocation_reason, kept.issuing_client) == ("issuer_revoked", None)
    assert not Client.objects.filter(mandate=mandate).exists()


@pytest.mark.django_db(transaction=True)
def test_a_report_that_comes_in_meanwhile_does_not_stop_the_removal(logged_in):
    client = Client.objects.get(client_id=logged_in["client_id"])

    def removal() -> None:
        try:
            client_remove(client=client)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Client.objects.filter(pk=client.pk).update(functional=True)
            ReportEntry.objects.create(client=client, key="rekuest", reported_at=clock.now())
            gone = pool.submit(removal)
            _wait_for_a_lock()
        gone.result(timeout=120)
    assert not Client.objects.filter(pk=client.pk).exists()
    assert not ReportEntry.objects.exists()


def _wait_for_a_lock() -> None:
    """Return once somebody waits for a row; a transaction would show one state all along."""
    deadline = time.monotonic() + 120
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")
