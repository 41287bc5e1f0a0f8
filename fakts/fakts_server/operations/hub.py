"""Hubs: making more of them, and what they say about their instances."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from chassis import clock
from chassis.errors import Conflict, InvalidInput, PermissionDenied
from chassis.identity.principal import Principal
from chassis.permissions import has_role
from fakts_server.models.instance import HubHealthReport, InstanceHealth, ServiceInstance
from fakts_server.models.organization import Hub
from fakts_server.operations.audit import audit_add, by
from fakts_server.operations.profile import checked_name
from fakts_server.selectors.instance import hub_or_default
from fakts_server.selectors.scope import acting
from fakts_server.wire.health import HubHealthBody

_KEPT = 100


def hub_create(
    *, principal: Principal, identifier: str, name: str = "", description: str = ""
) -> Hub:
    """Make a set of instances, e.g. those of the machine with the graphics cards."""
    organization = acting(principal, "service.manage").organization
    word = identifier.strip()
    if not word or len(word) > 100 or not word.replace("-", "").replace(".", "").isalnum():
        raise InvalidInput("Use letters, digits, dashes and dots.", field="identifier")
    try:
        with transaction.atomic():
            hub = Hub.objects.create(
                organization=organization,
                identifier=word,
                name=checked_name(name or word),
                description=description,
            )
            audit_add("hub.created", by(principal), hub, identifier=word)
    except IntegrityError:
        raise Conflict(f"There is already a hub {word!r}.", field="identifier") from None
    return hub


def hub_report(*, principal: Principal, body: HubHealthBody) -> HubHealthReport:
    """Keep what a hub says about its instances; instances that are not its own are ignored."""
    membership = acting(principal, "app.own")
    if not has_role(principal, "admin", "deployer", "bot"):
        raise PermissionDenied("Hubs report as a bot, a deployer or an admin.")
    hub = hub_or_default(membership.organization, body.hub)
    own = {one.identifier: one for one in ServiceInstance.objects.filter(hub=hub)}
    with transaction.atomic():
        report = HubHealthReport.objects.create(hub=hub, healthy=body.healthy)
        InstanceHealth.objects.bulk_create(
            [
                InstanceHealth(
                    report=report,
                    instance=own[name],
                    healthy=item.healthy,
                    reason=item.reason or "",
                )
                for name, item in body.instances.items()
                if name in own
            ]
        )
        hub.last_seen_at, hub.last_healthy = clock.now(), body.healthy
        hub.version = body.version or hub.version
        hub.save(update_fields=["last_seen_at", "last_healthy", "version"])
        newest = HubHealthReport.objects.filter(hub=hub).order_by("-pk")[:_KEPT]
        HubHealthReport.objects.filter(hub=hub).exclude(
            pk__in=list(newest.values_list("pk", flat=True))
        ).delete()
    return report
