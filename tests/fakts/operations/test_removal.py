"""What dies with a client."""

from __future__ import annotations

from people import principal

from fakts_server.models.client import Client
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
