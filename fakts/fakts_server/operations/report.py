"""What clients report about the addresses they were given."""

from __future__ import annotations

from django.db import transaction

from chassis import clock
from chassis.errors import Unauthenticated
from chassis.identity.principal import Principal
from fakts_server.models.client import Client, ReportEntry, ServiceInstanceMapping
from fakts_server.models.instance import InstanceAlias
from fakts_server.selectors.scope import tenant_of
from fakts_server.wire.report import ReportBody

GONE = "This client was removed; log in again."


def report_store(*, principal: Principal, body: ReportBody) -> None:
    """Keep the outcome for each requirement the client really has; the rest is ignored."""
    client = Client.objects.filter(
        client_id=principal.client, membership__organization=tenant_of(principal)
    ).first()
    if client is None:
        raise Unauthenticated(GONE)
    now = clock.now()
    wired = dict(
        ServiceInstanceMapping.objects.filter(client=client).values_list("key", "instance_id")
    )
    aliases = {
        str(pk): instance
        for pk, instance in InstanceAlias.objects.filter(instance__in=wired.values()).values_list(
            "pk", "instance_id"
        )
    }
    entries = [
        ReportEntry(
            client=client,
            key=key,
            # An alias of a foreign instance is not believed.
            alias_id=int(entry.alias_id)
            if entry.alias_id is not None and aliases.get(entry.alias_id) == wired.get(key, -1)
            else None,
            is_valid=entry.valid,
            reason=entry.reason or "",
            reported_at=now,
        )
        for key, entry in body.alias_reports.items()
        if key in client.statuses
    ]
    with transaction.atomic():
        # First, for it holds the row: a removal that comes now waits, one that came before is seen.
        if not Client.objects.filter(pk=client.pk).update(
            functional=body.functional, last_reported_at=now
        ):
            raise Unauthenticated(GONE)
        ReportEntry.objects.bulk_create(
            entries,
            update_conflicts=True,
            unique_fields=["client", "key"],
            update_fields=["alias", "is_valid", "reason", "reported_at"],
        )
