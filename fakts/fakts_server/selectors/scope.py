"""The one filter every read of a principal goes through, and the reading of ids callers send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from django.db.models import Model, QuerySet

from chassis.errors import NotFound, Unauthenticated
from chassis.identity.principal import Principal
from chassis.permissions import authorize
from fakts_server.models.client import Client
from fakts_server.models.organization import Membership
from fakts_server.policy import managing, mandate, reading

M = TypeVar("M", bound=Model)

#: Named here so that the rules are registered before anything is read.
RULES = (reading, mandate, managing)

_LARGEST_ID = 2**63 - 1


def tenant_of(principal: Principal) -> int:
    """Return the key of the organization; our own tokens always carry a number."""
    return row_id(principal.organization)


def visible(
    principal: Principal, action: str, rows: QuerySet[M], *, path: str = "organization"
) -> QuerySet[M]:
    """Return the rows of the principal's organization, if its roles allow to read them.

    `path` is the relation that leads from a row to its organization.
    """
    authorize(principal, action)
    return rows.filter(**{path: tenant_of(principal)})


def membership_of(principal: Principal) -> Membership:
    """Return the membership behind a token, as it is now and not as it was when minted."""
    member = (
        Membership.objects.filter(
            user_id=row_id(principal.subject),
            organization_id=tenant_of(principal),
            is_blocked=False,
            user__is_active=True,
        )
        .select_related("user", "organization")
        .first()
    )
    if member is None:
        raise Unauthenticated("This membership has ended; log in again.")
    return member


def acting(principal: Principal, action: str, resource: object = None) -> Membership:
    """Return the membership behind a token if its roles allow the action now.

    A token lives on after roles are taken away; what changes people, rights or settings asks anew.
    """
    membership = membership_of(principal)
    held = frozenset(membership.roles.values_list("identifier", flat=True))
    authorize(replace(principal, roles=principal.roles & held), action, resource)
    return membership


def issuing_client(principal: Principal) -> tuple[Client | None, frozenset[str] | None]:
    """Return the app that issues something, and the scopes it may hand on (None: all there are).

    A person in a web app of this installation acts for themselves and not for an app.
    """
    client = client_of(principal)
    if client.relying_party is not None and client.relying_party.is_builtin:
        return None, None
    return client, frozenset(client.granted_scopes)


def client_of(principal: Principal) -> Client:
    """Return the client behind a token, if it was not removed since."""
    rows = Client.objects.filter(
        client_id=principal.client, membership__organization=tenant_of(principal)
    )
    client = rows.select_related("relying_party").first()
    if client is None:
        raise Unauthenticated("This client was removed; log in again.")
    return client


def row_id(value: object) -> int:
    """Read an id as a caller sent it; what cannot be one is an absent object."""
    text = str(value)
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST_ID:
        raise NotFound()
    return int(text)


def row_ids(values: Iterable[object]) -> list[int]:
    """Read several ids and leave out what cannot be one."""
    texts = [str(value) for value in values]
    numbers = (int(text) for text in texts if text.isascii() and text.isdigit())
    return [number for number in numbers if number <= _LARGEST_ID]
