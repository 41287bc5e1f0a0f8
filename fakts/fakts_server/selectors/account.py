"""What people see of their own account, across the organizations they are in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chassis import clock
from chassis.errors import NotFound
from fakts_server.domain.browser import browser_name
from fakts_server.models.browser_session import BrowserSession
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership
from fakts_server.models.user import User
from fakts_server.selectors.device_code import device_codes_waiting
from fakts_server.selectors.mandate import live


@dataclass(frozen=True)
class SessionRow:
    """One browser a person is logged in with."""

    uid: str
    browser: str
    system: str
    address: str
    started_at: datetime
    seen_at: datetime
    is_this: bool


def memberships_with_roles(user: User) -> list[Membership]:
    """Return the organizations of a person, with the roles there."""
    rows = Membership.objects.filter(user=user).select_related("organization")
    return list(rows.prefetch_related("roles").order_by("organization__name", "pk"))


def sessions_of(user: User, this_key: str) -> list[SessionRow]:
    """Return where a person is logged in, this browser first, then the one used last."""
    rows = BrowserSession.objects.filter(user=user, expire_date__gt=clock.now())
    found = [
        SessionRow(
            str(row.uid),
            *browser_name(row.user_agent),
            row.address,
            row.started_at,
            row.seen_at,
            row.session_key == this_key,
        )
        for row in rows.order_by("-seen_at")
    ]
    return sorted(found, key=lambda row: not row.is_this)


def browser_session_uid(key: str) -> str:
    """Return the public name of a session, empty when it has ended."""
    row = BrowserSession.objects.filter(session_key=key).only("uid").first()
    return str(row.uid) if row is not None else ""


def admin_memberships_of(user: User) -> list[Membership]:
    """Return the memberships by which a person is an admin."""
    rows = Membership.objects.filter(user=user, is_blocked=False, roles__identifier="admin")
    return list(rows.select_related("organization", "user").order_by("organization__name", "pk"))


def wishes_for(memberships: Collection[Membership]) -> list[DeviceCode]:
    """Return the devices members ask these admins for, the oldest first."""
    organizations = [membership.organization_id for membership in memberships]
    rows = device_codes_waiting().filter(wished_by__organization__in=organizations)
    return list(rows.select_related("wished_by__user", "wished_by__organization"))


def clients_of(user: User) -> list[Client]:
    """Return the apps that act for a person, the newest first."""
    rows = Client.objects.filter(membership__user=user)
    related = ("membership__organization", "release__app", "device", "mandate", "relying_party")
    return list(rows.select_related(*related).order_by("-pk"))


def client_of_person(user: User, client_id: str) -> Client:
    """Return one app of a person; those of others are as absent."""
    client = Client.objects.filter(membership__user=user, client_id=client_id).first()
    if client is None:
        raise NotFound("This app has been removed already.")
    return client


def keys_of(user: User) -> list[Mandate]:
    """Return the keys a person issued that still work, the newest first."""
    rows = Mandate.objects.filter(live(), grantor__user=user, claimant="key", parent=None)
    return list(rows.select_related("grantor__organization").order_by("-pk"))


def key_of_person(user: User, mandate_id: str) -> Mandate:
    """Return one key of a person; those of others are as absent."""
    if not (mandate_id.isascii() and mandate_id.isdigit()) or len(mandate_id) > 18:
        raise NotFound("There is no such key.")
    mandate = Mandate.objects.filter(pk=int(mandate_id), grantor__user=user).first()
    if mandate is None:
        raise NotFound("There is no such key.")
    return mandate
