"""The sessions of apps: chains of refresh tokens that can still be renewed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min

from chassis import clock
from chassis.identity.principal import Principal
from chassis.permissions import has_role
from fakts_server.models.client import Client
from fakts_server.models.credential import RefreshToken
from fakts_server.selectors.scope import row_id, visible


@dataclass(frozen=True)
class AppSession:
    """One login of an app that still lasts."""

    chain: uuid.UUID
    client: Client
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime


def app_sessions_visible_to(
    principal: Principal, *, mine: bool = False, offset: int = 0, limit: int = 100
) -> list[AppSession]:
    """Return one's own sessions, for admins of everybody unless `mine`; the last used first."""
    rows = visible(
        principal,
        "app.own",
        RefreshToken.objects.filter(
            revoked_at__isnull=True, used_at__isnull=True, expires_at__gt=clock.now()
        ),
        path="client__membership__organization",
    )
    if mine or not has_role(principal, "admin"):
        rows = rows.filter(client__membership__user=row_id(principal.subject))
    chains = list(
        rows.values("chain", "client")
        .annotate(started=Min("chain_started_at"), used=Max("issued_at"), ends=Max("expires_at"))
        .order_by("-used", "chain")[offset : offset + limit]
    )
    clients = (
        Client.objects.select_related("release__app", "membership__user", "device")
        .defer("manifest", "statuses", "release__requirements")
        .in_bulk([chain["client"] for chain in chains])
    )
    return [
        AppSession(
            chain["chain"],
            clients[chain["client"]],
            chain["started"],
            chain["used"],
            chain["ends"],
        )
        for chain in chains
    ]
