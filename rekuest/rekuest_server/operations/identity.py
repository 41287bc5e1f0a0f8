"""Mirrors the identity of a token into rows, and remembers the rows' ids."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from chassis.identity import Principal
from rekuest_server.adapters.orm import in_thread
from rekuest_server.models import App, Caller, Client, Device, Organization, Release, User


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """The rows a principal stands for."""

    caller_id: int
    organization_id: int
    organization_slug: str
    user_id: int
    user: str
    client_id: int


class Identities:
    """Remembers which rows a principal stands for; rows of identities are never deleted."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], CallerIdentity] = {}

    async def of(self, principal: Principal) -> CallerIdentity:
        """Return the rows of a principal, made if they are new."""
        key = (principal.client, principal.subject, principal.organization)
        known = self._known.get(key)
        if known is None or known.organization_slug != principal.organization_slug:
            known = await in_thread(identity_mirror, principal=principal)
            self._known[key] = known
        return known


def identity_mirror(*, principal: Principal) -> CallerIdentity:
    """Write the rows of a principal and return their ids. Runs in a thread."""
    with transaction.atomic():
        organization = organization_mirror(principal)
        user, _ = User.objects.update_or_create(
            sub=principal.subject, defaults={"username": principal.username}
        )
        client = client_mirror(principal)
        caller, _ = Caller.objects.get_or_create(
            client=client, user=user, organization=organization
        )
    return CallerIdentity(
        caller_id=caller.pk,
        organization_id=organization.pk,
        organization_slug=organization.slug,
        user_id=user.pk,
        user=user.sub,
        client_id=client.pk,
    )


def organization_mirror(principal: Principal) -> Organization:
    """Write the organization row of a principal."""
    organization, _ = Organization.objects.get_or_create(
        external_id=principal.organization, defaults={"slug": principal.organization_slug}
    )
    if organization.slug != principal.organization_slug:
        organization.slug = principal.organization_slug
        organization.save(update_fields=["slug"])
    return organization


def client_mirror(principal: Principal) -> Client:
    """Write the rows of the app, release, device and client a principal acts through."""
    app, _ = App.objects.get_or_create(identifier=principal.app or principal.client)
    release, _ = Release.objects.get_or_create(app=app, version=principal.release or "0")
    device = None
    if principal.device:
        device, _ = Device.objects.get_or_create(device_id=principal.device)
    client, created = Client.objects.get_or_create(
        client_id=principal.client, defaults={"release": release, "device": device}
    )
    if not created and (client.release_id != release.pk or client.device_id != _pk(device)):
        client.release = release
        client.device = device
        client.save(update_fields=["release", "device"])
    return client


def _pk(device: Device | None) -> int | None:
    return None if device is None else device.pk
