"""Making organizations and registering the installation's instances in them."""

from __future__ import annotations

from importlib.metadata import version

from django.db import IntegrityError, transaction

from chassis.config import current
from chassis.errors import Conflict
from chassis.logs import get_logger
from fakts_server.config import FaktsConfig, InstanceConfig
from fakts_server.models.instance import InstanceAlias, Service, ServiceInstance, ServiceRelease
from fakts_server.models.organization import Hub, Organization, Role
from fakts_server.models.user import User

logger = get_logger(__name__)

#: Every organization has these; services decide what they allow.
ROLE_DESCRIPTIONS = {
    "admin": "Manages the organization, its people and apps",
    "editor": "Changes data of others as well as their own",
    "user": "Works with apps and their own data",
    "viewer": "Looks, but changes nothing",
    "bot": "An app that runs without a person",
    "deployer": "Installs and runs apps for others",
}


def organization_create(
    *, slug: str, name: str | None = None, owner: User | None = None
) -> Organization:
    """Make an organization with its roles, its hub and the installation's instances."""
    try:
        with transaction.atomic():
            organization = Organization.objects.create(slug=slug, name=name or slug, owner=owner)
            hub = Hub.objects.create(organization=organization)
            organization_provision(organization=organization, hub=hub)
    except IntegrityError:
        raise Conflict(f"There is already an organization {slug!r}.", field="slug") from None
    logger.info(
        "made an organization", extra={"event": "organization.created", "organization": slug}
    )
    return organization


def organization_provision(*, organization: Organization, hub: Hub) -> None:
    """Bring roles and configured instances of an organization up to date."""
    Role.objects.bulk_create(
        [
            Role(organization=organization, identifier=key, description=text, is_builtin=True)
            for key, text in ROLE_DESCRIPTIONS.items()
        ],
        ignore_conflicts=True,
    )
    configured = current(FaktsConfig).instances
    for entry in configured:
        _register(organization, hub, entry)
    gone = ServiceInstance.objects.filter(hub=hub, is_configured=True)
    gone.exclude(identifier__in=[entry.identifier for entry in configured]).delete()


def _register(organization: Organization, hub: Hub, entry: InstanceConfig) -> None:
    service, _ = Service.objects.get_or_create(
        organization=organization,
        identifier=entry.service,
        defaults={"name": entry.service.rpartition(".")[2]},
    )
    release, _ = ServiceRelease.objects.get_or_create(service=service, version=version("bauhof"))
    instance, _ = ServiceInstance.objects.update_or_create(
        hub=hub,
        identifier=entry.identifier,
        defaults={
            "release": release,
            "challenge_key": entry.public_key or "",
            "is_configured": True,
        },
    )
    # The alias keeps its id as long as it can: clients remember by it which address worked.
    alias, _ = InstanceAlias.objects.update_or_create(
        instance=instance,
        kind="relative",
        host="",
        port=None,
        defaults={"path": entry.path.strip("/"), "challenge": entry.challenge.strip("/")},
    )
    instance.aliases.filter(kind="relative").exclude(pk=alias.pk).delete()
