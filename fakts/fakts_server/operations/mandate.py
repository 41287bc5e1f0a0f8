"""Issuing, using and withdrawing mandates."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from chassis import clock
from chassis.config import current
from chassis.ids import new_id
from chassis.logs import get_logger
from fakts_server.adapters.pepper import fingerprint
from fakts_server.config import FaktsConfig
from fakts_server.domain import secret
from fakts_server.domain.errors import InvalidGrant
from fakts_server.domain.mandate import (
    Claim,
    MandateRevocation,
    Pin,
    admitted_requirements,
    is_live,
    refusal,
)
from fakts_server.domain.origin import Origin
from fakts_server.domain.requirement import GrantStatus
from fakts_server.domain.session import Session
from fakts_server.domain.strategy import LoginKind
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Hub, Membership
from fakts_server.operations.audit import By, app_facts, audit_add, by_member, key_facts
from fakts_server.operations.client import Binding, client_bind
from fakts_server.operations.envelope import envelope
from fakts_server.operations.session import session_load
from fakts_server.selectors.session import session_under
from fakts_server.selectors.strategy import rules_of
from fakts_server.wire.token import Envelope, MandateKeyForm

logger = get_logger(__name__)

_STRATEGY = ("approval", "known_apps", "login_kinds", "platform_version")
# `last_used_at` tells people whether a key is in use; a write per login would be dear for that.
_LAST_USED_STEP = timedelta(minutes=1)


def mandate_key_create(
    *,
    grantor: Membership,
    hub: Hub,
    app: str | None = None,
    expires_seconds: int | None = None,
    label: str = "",
    who: By | None = None,
) -> tuple[Mandate, str]:
    """Issue a key that logs apps in as a member; return it with its mandate.

    `who` issues it where that is not the member on a page.
    """
    seconds = expires_seconds or current(FaktsConfig).mandate_key_seconds
    key = secret.new_secret("bmk")
    with transaction.atomic():
        mandate = Mandate.objects.create(
            grantor=grantor,
            hub=hub,
            label=label,
            key_hash=secret.digest(key),
            key_prefix=secret.visible_prefix(key),
            pin_identifier=app,
            expires_at=clock.now() + timedelta(seconds=seconds) if seconds else None,
        )
        audit_add("mandate.key_issued", who or by_member(grantor), mandate, **key_facts(mandate))
    logger.info(
        "issued a mandate key", extra={"event": "mandate.issued", "prefix": mandate.key_prefix}
    )
    return mandate, key


def mandate_end(*, mandate: Mandate, who: By) -> None:
    """Withdraw a mandate because somebody says so."""
    with transaction.atomic():
        mandate_revoke(mandate=mandate)
        audit_add("mandate.revoked", who, mandate, **key_facts(mandate))


def mandate_revoke(
    *, mandate: Mandate, reason: MandateRevocation = MandateRevocation.REVOKED
) -> None:
    """Withdraw a mandate, everything issued under it, and the clients that logged in with them."""
    mandates_revoke(mandates=[mandate.pk], reason=reason)


def mandates_revoke(*, mandates: list[int], reason: MandateRevocation) -> None:
    """Withdraw several mandates, each with its whole tree."""
    with transaction.atomic():
        now = clock.now()
        level, why = mandates, reason
        while level:
            Mandate.objects.filter(pk__in=level, revoked_at__isnull=True).update(
                revoked_at=now, revocation_reason=why.value
            )
            clients = Client.objects.filter(mandate__in=level)
            below = Mandate.objects.filter(parent__in=level) | Mandate.objects.filter(
                issuing_client__in=clients
            )
            # Mandates of a removed client are kept as withdrawn, for the record.
            children = list(below.values_list("pk", flat=True))
            Mandate.objects.filter(pk__in=children).update(issuing_client=None)
            clients_delete(clients)
            level, why = children, MandateRevocation.PARENT_REVOKED
    logger.info("withdrew mandates", extra={"event": "mandate.revoked", "mandates": mandates})


def clients_delete(clients: QuerySet[Client]) -> None:
    """Remove clients and what hangs on them; their last reports have come in or come too late.

    The lock lets foreign keys be checked meanwhile, so it cannot stand against a renewal of tokens.
    """
    list(clients.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
    clients.delete()


def mandate_key_login(*, form: MandateKeyForm, origin: Origin) -> Envelope:
    """Log an app in by a mandate key; the usual renewal writes nothing."""
    now = clock.now()
    mandate = _mandate_of(form.key)
    _check_live(mandate)
    manifest = form.manifest
    salt = mandate.grantor.organization.device_salt
    device = fingerprint(salt, manifest.device_id) if manifest.device_id else None
    claim = Claim(manifest.identifier, manifest.version, device, manifest.needs())
    reason = refusal(_pin(mandate), claim)
    if reason is not None:
        raise InvalidGrant(reason)
    session = session_under(
        mandate=mandate.pk, identifier=claim.identifier, version=claim.version, device=device
    )
    if session is None or not _is_current(session, form):
        session = session_load(_bind(mandate, form, claim, is_new=session is None).pk)
    if mandate.last_used_at is None or now - mandate.last_used_at > _LAST_USED_STEP:
        Mandate.objects.filter(pk=mandate.pk).update(last_used_at=now)
    return envelope(session=session, origin=origin)


def _mandate_of(key: str) -> Mandate:
    # Only the columns a renewal reads: building the statement costs more than running it.
    found = (
        Mandate.objects.filter(key_hash=secret.digest(key))
        .select_related("grantor__user", "grantor__organization__strategy")
        .only(
            *("pin_identifier", "pin_version", "pin_device", "pin_scopes", "pin_requirements"),
            *("revoked_at", "expires_at", "last_used_at", "hub_id"),
            *("grantor__is_blocked", "grantor__user__is_active"),
            "grantor__organization__device_salt",
            *(f"grantor__organization__strategy__{name}" for name in _STRATEGY),
        )
    )
    for mandate in found:
        return mandate
    raise InvalidGrant("This mandate key is not known.")


def _check_live(mandate: Mandate) -> None:
    if not is_live(mandate.revoked_at, mandate.expires_at, clock.now()):
        raise InvalidGrant("This mandate key was withdrawn or has expired.")
    grantor = mandate.grantor
    if grantor.is_blocked or not grantor.user.is_active:
        raise InvalidGrant("Whoever issued this mandate key may not log in any more.")
    strategy = getattr(grantor.organization, "strategy", None)
    if strategy is not None and not rules_of(strategy).opens(LoginKind.MANDATE_KEY):
        raise InvalidGrant("This organization lets no app in by a key.")


def _pin(mandate: Mandate) -> Pin:
    wired = mandate.pin_requirements
    return Pin(
        identifier=mandate.pin_identifier,
        version=mandate.pin_version,
        device=mandate.pin_device,
        scopes=None if mandate.pin_scopes is None else frozenset(mandate.pin_scopes),
        requirements=None
        if wired is None
        else frozenset((item["key"], item["service"]) for item in wired),
    )


def _is_current(session: Session, form: MandateKeyForm) -> bool:
    """Tell whether nothing has changed since the client was bound."""
    wired = {wire.key for wire in session.wires}
    return (
        session.manifest == form.manifest.stored()
        and session.kind == form.requested_client_kind
        and session.role == form.requested_client_role
        and all(status == GrantStatus.GRANTED for status in session.statuses.values())
        and wired == set(session.statuses)
    )


def _bind(mandate: Mandate, form: MandateKeyForm, claim: Claim, *, is_new: bool) -> Client:
    with transaction.atomic():
        # Two first logins at once must not slip past the limit of devices.
        locked = (
            Mandate.objects.select_for_update(of=("self",))
            .select_related("grantor__user")
            .get(pk=mandate.pk)
        )
        _check_live(locked)
        _check_room(locked, claim)
        client = client_bind(
            binding=Binding(
                membership=mandate.grantor,
                hub=mandate.hub,
                manifest=form.manifest,
                device_id=form.manifest.device_id,
                kind=form.requested_client_kind,
                role=form.requested_client_role,
                client_id=_client_id(locked),
                requirements=admitted_requirements(_pin(mandate), claim),
                mandate=mandate,
                scope_ceiling=mandate.pin_scopes,
            )
        )
        if is_new:
            grantor = locked.grantor
            who = By(grantor.organization_id, grantor.user_id, client.client_id)
            audit_add("app.admitted", who, client, **app_facts(client), mandate=mandate.pk)
        return client


def _client_id(mandate: Mandate) -> str:
    """Return the id that was told when the key was issued, unless a client has it already."""
    offered = mandate.client_id_offered
    if offered and not Client.objects.filter(client_id=offered).exists():
        return offered
    return new_id()


def _check_room(mandate: Mandate, claim: Claim) -> None:
    if mandate.max_clients is None:
        return
    devices = set(Client.objects.filter(mandate=mandate).values_list("device__fingerprint"))
    if (claim.device,) not in devices and len(devices) >= mandate.max_clients:
        raise InvalidGrant("This mandate key is already in use on as many devices as it may be.")
