"""What people do with their installed apps, the sessions of those, and machines."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction

from chassis import clock
from chassis.errors import Conflict, NotFound
from chassis.identity.principal import Principal
from fakts_server.models.app import Device
from fakts_server.models.client import Client
from fakts_server.models.credential import RefreshToken
from fakts_server.models.group import DeviceGroup
from fakts_server.operations.audit import app_facts, audit_add, by
from fakts_server.operations.profile import checked_name
from fakts_server.operations.removal import client_take_away
from fakts_server.selectors.directory import client_get
from fakts_server.selectors.scope import acting, row_id, row_ids, tenant_of


def client_revoke(*, principal: Principal, client_id: object) -> str:
    """Remove an installed app with its sessions; one's own, or as an admin any.

    Returns its OAuth client id.
    """
    client = _own_client(principal, client_get(principal, row=client_id, client_id=None).first())
    return client_take_away(client=client, who=by(principal))


def session_end(*, principal: Principal, session_id: str) -> str:
    """End one session of an app; the app stays installed and has to log in again."""
    acting(principal, "app.own")
    try:
        chain = uuid.UUID(session_id)
    except ValueError:
        raise NotFound("There is no such session.", field="id") from None
    token = (
        RefreshToken.objects.filter(
            chain=chain, client__membership__organization=tenant_of(principal)
        )
        .select_related("client__membership")
        .first()
    )
    client = _own_client(principal, token.client if token else None)
    with transaction.atomic():
        RefreshToken.objects.filter(chain=chain, revoked_at__isnull=True).update(
            revoked_at=clock.now()
        )
        audit_add("session.ended", by(principal), client, **app_facts(client))
    return str(chain)


def device_rename(*, principal: Principal, device_id: object, name: str) -> Device:
    """Give a machine a name people know."""
    acting(principal, "app.manage")
    device = Device.objects.filter(organization=tenant_of(principal), pk=row_id(device_id)).first()
    if device is None:
        raise NotFound("There is no such device.", field="id")
    device.name = checked_name(name)
    device.save(update_fields=["name"])
    return device


def device_group_create(*, principal: Principal, name: str, devices: list[object]) -> DeviceGroup:
    """Put machines together under a name."""
    organization = acting(principal, "app.manage").organization
    rows = Device.objects.filter(organization=organization, pk__in=row_ids(devices))
    if len(rows) != len(set(map(str, devices))):
        raise NotFound("One of these devices is not here.", field="devices")
    try:
        with transaction.atomic():
            group = DeviceGroup.objects.create(
                organization=organization, name=checked_name(name, most=100)
            )
    except IntegrityError:
        raise Conflict(f"There is already a group {name!r}.", field="name") from None
    group.devices.set(rows)
    return group


def _own_client(principal: Principal, client: Client | None) -> Client:
    if client is None or client.membership is None:
        raise NotFound(field="id")
    is_mine = str(client.membership.user_id) == principal.subject
    acting(principal, "app.own" if is_mine else "app.manage")
    return client
