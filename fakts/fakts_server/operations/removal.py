"""Removing clients and members with all that hangs on them."""

from __future__ import annotations

from django.db import transaction

from chassis.logs import get_logger
from fakts_server.domain.mandate import MandateRevocation
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.operations.audit import By, app_facts, audit_add
from fakts_server.operations.mandate import clients_delete, mandates_revoke

logger = get_logger(__name__)


def client_take_away(*, client: Client, who: By) -> str:
    """Remove a client because somebody says so; return its OAuth client id."""
    with transaction.atomic():
        audit_add("client.revoked", who, client, **app_facts(client))
        gone = client.client_id
        client_remove(client=client)
    return gone


def client_remove(*, client: Client) -> None:
    """Remove a client; its sessions end, and what it issued is withdrawn and kept as a record."""
    with transaction.atomic():
        issued = list(Mandate.objects.filter(issuing_client=client).values_list("pk", flat=True))
        Mandate.objects.filter(pk__in=issued).update(issuing_client=None)
        mandates_revoke(mandates=issued, reason=MandateRevocation.ISSUER_REVOKED)
        clients_delete(Client.objects.filter(pk=client.pk))
    logger.info("removed a client", extra={"event": "client.removed"})
