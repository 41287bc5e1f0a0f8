"""Values apps read at run time: every change is a new version, and none is lost."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from django.db import transaction
from django.db.models import QuerySet

from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity.principal import Principal
from fakts_server.domain.remote_value import MOST_BYTES, ValueKind, fits, is_key
from fakts_server.models.app import App, Device
from fakts_server.models.organization import Organization
from fakts_server.models.setting import RemoteValue
from fakts_server.operations.audit import audit_add, by
from fakts_server.selectors.scope import acting, row_id


@dataclass(frozen=True)
class Target:
    """Whom a value is for: an app, a device, an app on a device, or everybody in between."""

    key: str
    app: object | None = None
    device: object | None = None


def value_set(
    *, principal: Principal, target: Target, value: object, kind: str | None = None
) -> RemoteValue:
    """Set a value; its kind is kept from the version before unless another is given."""
    organization = acting(principal, "setting.manage").organization
    if not is_key(target.key):
        raise InvalidInput("Use dotted lower-case words, at most 200.", field="key")
    with transaction.atomic():
        place = _place(organization, target)
        before = _versions(organization, place).first()
        chosen = _kind(kind, before)
        if not fits(chosen, value):
            raise InvalidInput(f"This is no {chosen}.", field="value")
        _check_storable(value)
        return _add(principal, organization, place, before, kind=chosen.value, value=value)


def value_remove(*, principal: Principal, target: Target) -> RemoteValue:
    """Take a value away; the wider one holds again."""
    organization = acting(principal, "setting.manage").organization
    with transaction.atomic():
        place = _place(organization, target)
        before = _versions(organization, place).first()
        if before is None or before.is_removed:
            raise NotFound("There is no such value.", field="key")
        return _add(principal, organization, place, before, kind=before.kind, is_removed=True)


def value_rollback(*, principal: Principal, version_id: object) -> RemoteValue:
    """Make an older version hold again, as a new version."""
    organization = acting(principal, "setting.manage").organization
    with transaction.atomic():
        old = RemoteValue.objects.filter(organization=organization, pk=row_id(version_id)).first()
        if old is None:
            raise NotFound("There is no such version.", field="id")
        if old.is_current:
            raise Conflict("This version holds already.", field="id")
        _lock(organization)
        place = {"key": old.key, "app": old.app, "device": old.device}
        before = _versions(organization, place).first()
        return _add(
            principal,
            organization,
            place,
            before,
            kind=old.kind,
            value=old.value,
            is_removed=old.is_removed,
        )


Place = dict[str, "str | App | Device | None"]


def _add(
    principal: Principal,
    organization: Organization,
    place: Place,
    before: RemoteValue | None,
    *,
    kind: str,
    value: object = None,
    is_removed: bool = False,
) -> RemoteValue:
    _versions(organization, place).filter(is_current=True).update(is_current=False)
    made = RemoteValue.objects.create(
        organization=organization,
        **place,
        kind=kind,
        value=value,
        is_removed=is_removed,
        version=before.version + 1 if before is not None else 1,
        changed_by_id=int(principal.subject),
    )
    # What is set may be a secret of an app; the trail only says that it was set.
    audit_add("value.changed", by(principal), made, key=made.key, version=made.version)
    return made


def _versions(organization: Organization, place: Place) -> QuerySet[RemoteValue]:
    rows = RemoteValue.objects.filter(organization=organization, key=place["key"])
    for name in ("app", "device"):
        one = place[name]
        rows = rows.filter(**({f"{name}__isnull": True} if one is None else {name: one}))
    return rows.order_by("-version")


def _place(organization: Organization, target: Target) -> Place:
    _lock(organization)
    place: Place = {"key": target.key, "app": None, "device": None}
    if target.app is not None:
        place["app"] = App.objects.filter(organization=organization, pk=row_id(target.app)).first()
        if place["app"] is None:
            raise NotFound("There is no such app.", field="app")
    if target.device is not None:
        place["device"] = Device.objects.filter(
            organization=organization, pk=row_id(target.device)
        ).first()
        if place["device"] is None:
            raise NotFound("There is no such device.", field="device")
    return place


def _check_storable(value: object) -> None:
    try:
        text = orjson.dumps(value)
    except TypeError:
        raise InvalidInput(
            "Numbers have at most 64 bits, texts are Unicode.", field="value"
        ) from None
    if len(text) > MOST_BYTES:
        raise InvalidInput(f"A value has at most {MOST_BYTES} bytes.", field="value")


def _lock(organization: Organization) -> None:
    # Two changes of one key at once take turns, so that neither is lost.
    Organization.objects.select_for_update().get(pk=organization.pk)


def _kind(kind: str | None, before: RemoteValue | None) -> ValueKind:
    wanted = kind or (before.kind if before is not None else ValueKind.JSON)
    if wanted not in set(ValueKind):
        raise InvalidInput(f"Kinds: {', '.join(ValueKind)}.", field="kind")
    return ValueKind(wanted)
