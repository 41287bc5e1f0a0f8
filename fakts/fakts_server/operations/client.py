"""Binding an app to a person, a device and the instances it may use."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from chassis.logs import get_logger
from fakts_server.adapters.pepper import fingerprint
from fakts_server.domain.errors import InvalidTarget
from fakts_server.domain.mandate import narrow_scopes
from fakts_server.domain.requirement import Composition, Requirement, compose, missing_sentence
from fakts_server.models.app import App, Device, Release
from fakts_server.models.client import Client, ServiceInstanceMapping
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Hub, Membership, Organization
from fakts_server.models.relying_party import RelyingParty
from fakts_server.selectors.instance import composition_for, known_scopes
from fakts_server.wire.manifest import ManifestBody

logger = get_logger(__name__)


@dataclass(frozen=True)
class Binding:
    """What a client is to be bound to."""

    membership: Membership
    hub: Hub
    manifest: ManifestBody
    device_id: str | None
    kind: str
    role: str
    client_id: str
    requirements: list[Requirement]
    declined: frozenset[str] = frozenset()
    mandate: Mandate | None = None
    scope_ceiling: list[str] | None = None
    device_name: str = ""
    relying_party: RelyingParty | None = None
    #: Which instance a person wants for a key, by its row.
    choices: dict[str, int] = field(default_factory=dict)


def client_bind(*, binding: Binding) -> Client:
    """Make or renew the client of an app for a member on a device.

    The same app on the same device for the same member is the same client: what was approved last
    holds, and sessions that still run go on with it.
    """
    with transaction.atomic():
        # Blocking waits for this lock, or this for blocking: no client is made unseen meanwhile.
        Membership.objects.select_for_update(no_key=True).filter(pk=binding.membership.pk).first()
        _, matches = composition_for(
            binding.membership,
            binding.requirements,
            hub=binding.hub,
            choices=binding.choices,
        )
        composition = compose(matches, binding.declined)
        if composition.missing:
            raise InvalidTarget(missing_sentence(composition.missing))
        organization = binding.membership.organization
        release = _release(organization, binding.manifest)
        device = _device(organization, binding.device_id, binding.device_name)
        scopes = narrow_scopes(
            binding.manifest.scopes, known_scopes(organization), binding.scope_ceiling
        )
        client, made = Client.objects.update_or_create(
            membership=binding.membership,
            release=release,
            device=device,
            hub=binding.hub,
            mandate=binding.mandate,
            relying_party=binding.relying_party,
            defaults={
                "kind": binding.kind,
                "role": binding.role,
                "manifest": binding.manifest.stored(),
                "granted_scopes": scopes,
                "statuses": {key: status.value for key, status in composition.statuses.items()},
            },
            create_defaults={
                "client_id": binding.client_id,
                "client_type": Client.CLIENT_PUBLIC,
                "client_secret": "",
                # A public client has no secret, and hashing an empty one takes 0.4 s.
                "hash_client_secret": False,
                "authorization_grant_type": Client.GRANT_DEVICE_CODE,
                "name": f"{release.app.identifier}:{release.version}"[:255],
                "kind": binding.kind,
                "role": binding.role,
                "manifest": binding.manifest.stored(),
                "granted_scopes": scopes,
                "statuses": {key: status.value for key, status in composition.statuses.items()},
            },
        )
        _wire(client, composition, binding.requirements)
    logger.info(
        "bound a client",
        extra={
            "event": "client.created" if made else "client.renewed",
            "app": binding.manifest.identifier,
            "client_id": client.client_id,
        },
    )
    return client


def _release(organization: Organization, manifest: ManifestBody) -> Release:
    app, _ = App.objects.get_or_create(
        organization=organization,
        identifier=manifest.identifier,
        defaults={"name": manifest.identifier},
    )
    release, _ = Release.objects.update_or_create(
        app=app,
        version=manifest.version,
        defaults={
            "author": manifest.author,
            "description": manifest.description or "",
            "logo_url": manifest.logo or "",
            "scopes": manifest.scopes,
            "requirements": [item.model_dump() for item in manifest.requirements],
            "public_sources": [item.model_dump() for item in manifest.public_sources],
        },
    )
    return release


def _device(organization: Organization, device_id: str | None, name: str) -> Device | None:
    if not device_id:
        return None
    device, made = Device.objects.get_or_create(
        organization=organization,
        fingerprint=fingerprint(organization.device_salt, device_id),
        defaults={"name": name},
    )
    if name and not made and device.name != name:
        device.name = name
        device.save(update_fields=["name"])
    return device


def _wire(client: Client, composition: Composition, requirements: list[Requirement]) -> None:
    optional = {item.key: item.optional for item in requirements}
    ServiceInstanceMapping.objects.filter(client=client).exclude(
        key__in=composition.granted
    ).delete()
    ServiceInstanceMapping.objects.bulk_create(
        [
            ServiceInstanceMapping(
                client=client,
                key=key,
                instance_id=offer.instance_id,
                is_optional=optional[key],
            )
            for key, offer in composition.granted.items()
        ],
        update_conflicts=True,
        unique_fields=["client", "key"],
        update_fields=["instance", "is_optional"],
    )
