"""The orders of the `admin` command, each answered with plain data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db import transaction
from pydantic import BaseModel, ValidationError

from chassis.errors import InvalidInput, NotFound, PlatformError
from fakts_server.models.credential import DeviceCode
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership, Organization
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.audit import audit_add, operator_in
from fakts_server.operations.device_code import device_code_approve, device_code_deny
from fakts_server.operations.mandate import mandate_end, mandate_key_create
from fakts_server.operations.organization import organization_create
from fakts_server.operations.signing_key import signing_key_rotate
from fakts_server.operations.user import (
    FIRST_ADMIN,
    FIRST_ORGANIZATION,
    first_admin_create,
    user_create,
)
from fakts_server.operations.web_app import (
    WebAppWish,
    web_app_add,
    web_app_delete,
    web_app_renew,
)
from fakts_server.selectors.device_code import device_codes_waiting
from fakts_server.selectors.instance import default_hub
from fakts_server.selectors.relying_party import web_apps_of
from fakts_server.wire import admin as orders

Result = dict[str, Any]


def admin_answer(text: str) -> Result:
    """Carry out one order written as JSON; a refused order is an answer too."""
    try:
        return {"ok": True, "result": admin_run(_read(text))}
    except PlatformError as error:
        problem = {"code": error.code, "message": error.message, "field": error.field}
        return {"ok": False, "error": problem}


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidInput("The order is not valid JSON.") from None


def admin_run(data: object) -> Result:
    """Carry out one order of the form `{"op": ..., ...}`; raise a typed error if it cannot be."""
    if not isinstance(data, dict):
        raise InvalidInput("An order is a JSON object.")
    name = data.get("op")
    if name not in _ORDERS:
        raise InvalidInput(f"There is no order {name!r}; known: {', '.join(_ORDERS)}.", field="op")
    model, run = _ORDERS[name]
    try:
        order = model.model_validate({key: value for key, value in data.items() if key != "op"})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = str(first["msg"]).removeprefix("Value error, ")
        raise InvalidInput(f"{field}: {message}", field=field) from None
    return run(order)


def _first_admin(order: orders.FirstAdminOrder) -> Result:
    with transaction.atomic():
        made = first_admin_create()
        if made.created:
            _added(_find_member(FIRST_ADMIN, FIRST_ORGANIZATION))
    return {key: value for key, value in asdict(made).items() if value is not None}


def _org_create(order: orders.OrgCreateOrder) -> Result:
    with transaction.atomic():
        made = organization_create(slug=order.slug, name=order.name)
        audit_add("organization.founded", operator_in(made), made, slug=made.slug)
    return _organization(made)


def _org_list(order: orders.OrgListOrder) -> Result:
    rows = Organization.objects.order_by("slug")
    return {"organizations": [_organization(row) for row in rows]}


def _user_create(order: orders.UserCreateOrder) -> Result:
    with transaction.atomic():
        membership = user_create(
            username=order.username,
            organization=_find_organization(order.organization),
            role=order.role,
            password=order.password,
        )
        _added(membership)
    return _member(membership)


def _user_list(order: orders.UserListOrder) -> Result:
    organization = _find_organization(order.organization)
    members = Membership.objects.filter(organization=organization).select_related(
        "user", "organization"
    )
    return {"users": [_member(row) for row in members.order_by("user__username")]}


def _key_create(order: orders.KeyCreateOrder) -> Result:
    grantor = _find_member(order.username, order.organization)
    mandate, key = mandate_key_create(
        grantor=grantor,
        hub=default_hub(grantor.organization),
        app=order.app,
        expires_seconds=order.expires_seconds,
        who=operator_in(grantor.organization),
    )
    return {**_mandate(mandate), "key": key}


def _key_list(order: orders.KeyListOrder) -> Result:
    keys = Mandate.objects.filter(claimant="key").select_related(
        "grantor__user", "grantor__organization"
    )
    if order.organization is not None:
        keys = keys.filter(grantor__organization=_find_organization(order.organization))
    return {"keys": [_mandate(row) for row in keys.order_by("pk")]}


def _key_revoke(order: orders.KeyRevokeOrder) -> Result:
    mandate = Mandate.objects.filter(pk=int(order.id)).first() if order.id.isdecimal() else None
    if mandate is None:
        raise NotFound(f"There is no key with id {order.id!r}.", field="id")
    mandate_end(mandate=mandate, who=operator_in(mandate.grantor.organization))
    return {"id": order.id, "revoked": True}


def _signing_key_renew(order: orders.SigningKeyRenewOrder) -> Result:
    key = signing_key_rotate()
    return {"id": key.kid, "signs_from": key.active_from.isoformat()}


def _webapp_add(order: orders.WebAppAddOrder) -> Result:
    organization = _find_organization(order.organization)
    party, key = web_app_add(
        organization=organization,
        wish=WebAppWish(
            name=order.name,
            redirect_uris=order.redirect_uris,
            post_logout_redirect_uris=order.post_logout_redirect_uris,
            scopes=order.scopes,
            services=order.services,
            is_confidential=order.confidential,
        ),
        who=operator_in(organization),
    )
    return {**_webapp(party), "secret": key}


def _webapp_list(order: orders.WebAppListOrder) -> Result:
    rows = web_apps_of(_find_organization(order.organization).pk)
    return {"webapps": [_webapp(row) for row in rows]}


def _webapp_rotate(order: orders.WebAppRotateOrder) -> Result:
    organization = _find_organization(order.organization)
    party, key = web_app_renew(
        organization=organization, row=order.id, who=operator_in(organization)
    )
    return {**_webapp(party), "secret": key}


def _webapp_remove(order: orders.WebAppRemoveOrder) -> Result:
    organization = _find_organization(order.organization)
    web_app_delete(organization=organization, row=order.id, who=operator_in(organization))
    return {"id": order.id, "removed": True}


def _device_list(order: orders.DeviceListOrder) -> Result:
    return {"devices": [_device(row) for row in device_codes_waiting()]}


def _device_approve(order: orders.DeviceApproveOrder) -> Result:
    member = _find_member(order.username, order.organization)
    client = device_code_approve(
        user_code=order.user_code,
        membership=member,
        declined=frozenset(order.decline),
        device_name=order.device_name or "",
        who=operator_in(member.organization),
    )
    return {"client_id": client.client_id, "statuses": client.statuses}


def _device_deny(order: orders.DeviceDenyOrder) -> Result:
    member = _find_member(order.username, order.organization)
    who = operator_in(member.organization)
    device_code_deny(user_code=order.user_code, membership=member, who=who)
    return {"user_code": order.user_code, "denied": True}


_ORDERS: dict[str, tuple[type[BaseModel], Callable[[Any], Result]]] = {
    "bootstrap.first_admin": (orders.FirstAdminOrder, _first_admin),
    "org.create": (orders.OrgCreateOrder, _org_create),
    "org.list": (orders.OrgListOrder, _org_list),
    "user.create": (orders.UserCreateOrder, _user_create),
    "user.list": (orders.UserListOrder, _user_list),
    "key.create": (orders.KeyCreateOrder, _key_create),
    "key.list": (orders.KeyListOrder, _key_list),
    "key.revoke": (orders.KeyRevokeOrder, _key_revoke),
    "signing_key.renew": (orders.SigningKeyRenewOrder, _signing_key_renew),
    "webapp.add": (orders.WebAppAddOrder, _webapp_add),
    "webapp.list": (orders.WebAppListOrder, _webapp_list),
    "webapp.rotate": (orders.WebAppRotateOrder, _webapp_rotate),
    "webapp.remove": (orders.WebAppRemoveOrder, _webapp_remove),
    "device.list": (orders.DeviceListOrder, _device_list),
    "device.approve": (orders.DeviceApproveOrder, _device_approve),
    "device.deny": (orders.DeviceDenyOrder, _device_deny),
}


def _added(membership: Membership) -> None:
    who = operator_in(membership.organization)
    roles = sorted(role.identifier for role in membership.roles.all())
    audit_add("member.added", who, membership, user=membership.user_id, roles=roles)


def _find_organization(slug: str) -> Organization:
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise NotFound(f"There is no organization {slug!r}.", field="organization")
    return organization


def _find_member(username: str, slug: str) -> Membership:
    organization = _find_organization(slug)
    member = (
        Membership.objects.filter(organization=organization, user__username=username)
        .select_related("user", "organization")
        .first()
    )
    if member is None:
        raise NotFound(f"{username!r} is not a member of {slug!r}.", field="username")
    return member


def _organization(row: Organization) -> Result:
    return {"id": str(row.pk), "slug": row.slug, "name": row.name}


def _member(row: Membership) -> Result:
    return {
        "id": str(row.user_id),
        "username": row.user.username,
        "organization": row.organization.slug,
        "roles": sorted(role.identifier for role in row.roles.all()),
    }


def _mandate(row: Mandate) -> Result:
    return {
        "id": str(row.pk),
        "prefix": row.key_prefix,
        "username": row.grantor.user.username,
        "organization": row.grantor.organization.slug,
        "app": row.pin_identifier,
        "created_at": row.created_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
        "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
    }


def _webapp(row: RelyingParty) -> Result:
    return {
        "id": str(row.pk),
        "client_id": row.client_id,
        "name": row.name,
        "redirect_uris": row.redirect_uris,
        "post_logout_redirect_uris": row.post_logout_redirect_uris,
        "scopes": row.scopes,
        "services": row.services,
        "confidential": bool(row.secret_hash),
        "created_at": row.created_at.isoformat(),
    }


def _device(row: DeviceCode) -> Result:
    return {
        "user_code": row.user_code,
        "app": row.manifest["identifier"],
        "version": row.manifest["version"],
        "requirements": row.manifest["requirements"],
        "scopes": row.manifest["scopes"],
        "address": row.address,
        "expires_at": row.expires_at.isoformat(),
    }
