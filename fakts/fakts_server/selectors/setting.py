"""Strategies, remote values, the audit trail, hubs and devices, as they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from chassis.identity.principal import Principal
from fakts_server.adapters.pepper import fingerprint
from fakts_server.domain.strategy import Rules
from fakts_server.models.app import Device
from fakts_server.models.audit import AuditEntry
from fakts_server.models.credential import DeviceCode
from fakts_server.models.group import DeviceGroup
from fakts_server.models.organization import Hub
from fakts_server.models.setting import RemoteValue
from fakts_server.models.user import User
from fakts_server.selectors.device_code import device_codes_waiting
from fakts_server.selectors.scope import acting, membership_of, tenant_of, visible
from fakts_server.selectors.strategy import strategy_of

#: For whom something was done, which stands in the details of an entry.
WHOM = Cast(KeyTextTransform("user", "details"), BigIntegerField(null=True))
WHOM_BY_NAME = Subquery(
    User.objects.filter(
        pk=Cast(KeyTextTransform("user", OuterRef("details")), BigIntegerField()),
        memberships__organization=OuterRef("organization_id"),
    ).values("username")[:1]
)
_PLAIN = ("subject_kind", "subject_id", "client_id", "address")
_CSV = ("at", "actor", "action", "for", *_PLAIN, "details")


def strategy_visible_to(principal: Principal) -> Rules:
    """Return the strategy of the organization."""
    return strategy_of(acting(principal, "setting.read").organization_id)


def values_visible_to(principal: Principal) -> QuerySet[RemoteValue]:
    """Return the values that hold now, for admins; they may be secrets of apps."""
    rows = RemoteValue.objects.filter(is_current=True, is_removed=False)
    return visible(principal, "setting.manage", rows.order_by("key", "pk"))


def value_history(principal: Principal, key: str) -> QuerySet[RemoteValue]:
    """Return every version of a key, the newest first."""
    rows = RemoteValue.objects.filter(key=key).order_by("-pk")
    return visible(principal, "setting.manage", rows)


def audit_visible_to(principal: Principal) -> QuerySet[AuditEntry]:
    """Return the trail of the organization, the newest first."""
    acting(principal, "audit.read")
    rows = AuditEntry.objects.order_by("-pk")
    return visible(principal, "audit.read", rows, path="organization_id")


def audit_csv(principal: Principal) -> Iterator[str]:
    """Return the whole trail as lines of CSV, safe to open in a spreadsheet."""
    rows = audit_visible_to(principal).order_by("pk")
    people = User.objects.filter(memberships__organization=tenant_of(principal))
    names = dict(people.values_list("pk", "username"))
    yield _line(list(_CSV))
    for entry in rows.iterator(chunk_size=1000):
        whom = entry.details.get("user")
        yield _line(
            [
                entry.at.isoformat(),
                names.get(entry.actor_id, f"#{entry.actor_id}") if entry.actor_id else "",
                entry.action,
                names.get(whom, f"#{whom}") if whom else "",
                *(getattr(entry, name) for name in _PLAIN),
                " ".join(f"{key}={value}" for key, value in entry.details.items()),
            ]
        )


def hubs_visible_to(principal: Principal) -> QuerySet[Hub]:
    """Return the hubs of the organization, the default one first."""
    return visible(principal, "service.read", Hub.objects.order_by("pk"))


def devices_visible_to(principal: Principal) -> QuerySet[Device]:
    """Return the machines apps of the organization run on."""
    return visible(principal, "app.read", Device.objects.order_by("name", "pk"))


def device_by_raw_id(principal: Principal, device_id: str) -> QuerySet[Device]:
    """Return the machine that calls itself so."""
    salt = membership_of(principal).organization.device_salt
    return devices_visible_to(principal).filter(fingerprint=fingerprint(salt, device_id))


def device_groups_visible_to(principal: Principal) -> QuerySet[DeviceGroup]:
    """Return the sets of machines."""
    return visible(principal, "app.read", DeviceGroup.objects.order_by("name"))


def wished_codes_visible_to(principal: Principal) -> QuerySet[DeviceCode]:
    """Return the devices members ask an admin for."""
    rows = device_codes_waiting()
    return visible(principal, "app.manage", rows, path="wished_by__organization")


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    # A cell that begins so would be run as a formula.
    csv.writer(buffer).writerow(
        [f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in cells]
    )
    return buffer.getvalue()
