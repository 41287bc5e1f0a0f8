"""Mandates issued by apps on behalf of their person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from chassis import clock
from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity.principal import Principal
from chassis.ids import new_id
from chassis.logs import get_logger
from chassis.permissions import authorize
from fakts_server.adapters.pepper import fingerprint
from fakts_server.domain import secret
from fakts_server.domain.mandate import MandateClaimant, MandateOrigin
from fakts_server.models.app import Device
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Hub, Membership
from fakts_server.operations.audit import audit_add, by, key_facts
from fakts_server.operations.mandate import mandate_end
from fakts_server.selectors.instance import hub_or_default, known_scopes
from fakts_server.selectors.mandate import live, mandate_one
from fakts_server.selectors.scope import (
    acting,
    client_of,
    issuing_client,
    membership_of,
    row_id,
)
from fakts_server.selectors.strategy import strategy_of
from fakts_server.wire.manifest import ManifestBody

logger = get_logger(__name__)

_LONGEST_KEY_DAYS = 30
_LONGEST_MANDATE_DAYS = 365


@dataclass(frozen=True)
class Ceiling:
    """What a new mandate admits at most."""

    manifest: ManifestBody
    hub: object | None = None
    max_clients: int | None = None
    label: str = ""


def mandate_create(
    *,
    principal: Principal,
    ceiling: Ceiling,
    agent: str,
    attestation: str = "",
    agent_device_id: str | None = None,
    agent_user: object | None = None,
    expires_in_days: int | None = None,
) -> Mandate:
    """Let an agent app issue keys for a subject app, acting as the caller."""
    authorize(principal, "mandate.issue")
    grantor = membership_of(principal)
    if not agent:
        raise InvalidInput("Name the app that may issue keys.", field="agent")
    with transaction.atomic():
        device = None
        if agent_device_id:
            device, _ = Device.objects.get_or_create(
                organization=grantor.organization,
                fingerprint=fingerprint(grantor.organization.device_salt, agent_device_id),
            )
        mandate = Mandate.objects.create(
            **_pins(principal, grantor, ceiling),
            claimant=MandateClaimant.AGENT.value,
            agent_identifier=agent,
            agent_device=device,
            agent_user_id=_member_user(grantor, agent_user),
            attestation=attestation,
            pin_version=ceiling.manifest.version,
            expires_at=_end(expires_in_days, _LONGEST_MANDATE_DAYS),
        )
        audit_add("mandate.created", by(principal), mandate, **key_facts(mandate), agent=agent)
    logger.info("created a mandate", extra={"event": "mandate.created", "agent": agent})
    return mandate


def mandate_key_issue(
    *,
    principal: Principal,
    ceiling: Ceiling,
    expires_in_days: int,
    any_version: bool = False,
    allow_mesh: bool = False,
) -> tuple[Mandate, str]:
    """Issue a key for an app, acting as the caller and never beyond the calling app."""
    authorize(principal, "mandate.issue")
    grantor = membership_of(principal)
    manifest = ceiling.manifest
    salt = grantor.organization.device_salt
    key = secret.new_secret("bmk")
    with transaction.atomic():
        mandate = Mandate.objects.create(
            **_pins(principal, grantor, ceiling),
            key_hash=secret.digest(key),
            key_prefix=secret.visible_prefix(key),
            pin_version=None if any_version else manifest.version,
            pin_device=fingerprint(salt, manifest.device_id) if manifest.device_id else None,
            allow_mesh=allow_mesh,
            expires_at=_end(expires_in_days, _LONGEST_KEY_DAYS),
        )
        audit_add("mandate.key_issued", by(principal), mandate, **key_facts(mandate))
    logger.info("issued a mandate key", extra={"event": "mandate.issued"})
    return mandate, key


def mandate_child_key_issue(
    *,
    principal: Principal,
    mandate_id: object,
    device_id: str,
    expires_in_days: int | None = None,
    label: str = "",
) -> tuple[Mandate, str]:
    """Issue a key for one instance of a mandate's subject; only its agent may."""
    client = client_of(principal)
    membership_of(principal)
    if not device_id:
        raise InvalidInput("A key is for one device.", field="deviceId")
    with transaction.atomic():
        parent = mandate_one(principal, mandate_id)
        authorize(principal, "mandate.issue_child", parent)
        # Keys issued at once must not slip past the limit.
        Mandate.objects.select_for_update(of=("self",)).get(pk=parent.pk)
        alive = Mandate.objects.filter(live())
        if not alive.filter(pk=parent.pk).exists():
            raise Conflict("This mandate was withdrawn or has expired.", field="mandate")
        children = alive.filter(parent=parent).count()
        if parent.max_clients is not None and children >= parent.max_clients:
            raise Conflict("This mandate has as many live keys as it may have.", field="mandate")
        end = _end(expires_in_days, _LONGEST_MANDATE_DAYS)
        ends = [moment for moment in (end, parent.expires_at) if moment is not None]
        key = secret.new_secret("bmk")
        child = Mandate.objects.create(
            grantor=parent.grantor,
            hub=parent.hub,
            parent=parent,
            issuing_client=client,
            origin=MandateOrigin.AGENT.value,
            label=label,
            key_hash=secret.digest(key),
            key_prefix=secret.visible_prefix(key),
            pin_identifier=parent.pin_identifier,
            pin_version=parent.pin_version,
            pin_device=fingerprint(parent.grantor.organization.device_salt, device_id),
            pin_scopes=parent.pin_scopes,
            pin_requirements=parent.pin_requirements,
            attestation=parent.attestation,
            max_clients=1,
            client_id_offered=new_id(),
            allow_mesh=parent.allow_mesh,
            expires_at=min(ends) if ends else None,
        )
        audit_add("mandate.key_issued", by(principal), child, **key_facts(child), parent=parent.pk)
    logger.info("issued a mandate key", extra={"event": "mandate.child_issued"})
    return child, key


def mandate_withdraw(*, principal: Principal, mandate_id: object) -> Mandate:
    """Withdraw a mandate and everything under it."""
    mandate = mandate_one(principal, mandate_id)
    authorize(principal, "mandate.revoke", mandate)
    mandate_end(mandate=mandate, who=by(principal))
    mandate.refresh_from_db(fields=["revoked_at", "revocation_reason"])
    return mandate


def _pins(principal: Principal, grantor: Membership, ceiling: Ceiling) -> dict[str, Any]:
    manifest = ceiling.manifest
    client, scopes = issuing_client(principal)
    if strategy_of(grantor.organization_id).needs_admin(manifest.identifier, manifest.version):
        acting(principal, "app.manage")
    known = known_scopes(grantor.organization) if scopes is None else scopes
    beyond = sorted(set(manifest.scopes) - set(known))
    if beyond:
        raise InvalidInput(f"Your app itself may not {', '.join(beyond)}.", field="manifest.scopes")
    if ceiling.max_clients is not None and ceiling.max_clients < 1:
        raise InvalidInput("At least one client.", field="maxClients")
    return {
        "grantor": grantor,
        "hub": _hub(grantor, client, ceiling.hub),
        "label": ceiling.label[:255],
        "origin": (MandateOrigin.CLIENT if client else MandateOrigin.MEMBER).value,
        "issuing_client": client,
        "pin_identifier": manifest.identifier,
        "pin_scopes": list(manifest.scopes),
        "pin_requirements": [
            {"key": item.key, "service": item.service} for item in manifest.requirements
        ],
        "max_clients": ceiling.max_clients,
    }


def _hub(grantor: Membership, client: Client | None, wanted: object | None) -> Hub:
    if wanted is None and client is not None and client.hub is not None:
        return client.hub
    return hub_or_default(grantor.organization, wanted)


def _member_user(grantor: Membership, user: object | None) -> int | None:
    if user is None:
        return None
    found = Membership.objects.filter(organization=grantor.organization, user=row_id(user)).first()
    if found is None:
        raise NotFound("There is no such member.", field="agentUser")
    return found.user_id


def _end(days: int | None, most: int) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= most:
        raise InvalidInput(f"Give 1 to {most} days.", field="expiresInDays")
    return clock.now() + timedelta(days=days)
