"""Making organizations and registering the installation's instances in them."""

from __future__ import annotations

from importlib.metadata import version

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from chassis.config import current
from chassis.errors import Conflict, InvalidInput
from chassis.identity.principal import Principal
from chassis.logs import get_logger
from fakts_server.config import FaktsConfig, InstanceConfig
from fakts_server.models.instance import InstanceAlias, Service, ServiceInstance, ServiceRelease
from fakts_server.models.organization import Hub, Membership, Organization, Role, Scope
from fakts_server.models.user import User
from fakts_server.operations.audit import By, audit_add
from fakts_server.selectors.scope import acting

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


def organization_found(*, principal: Principal, name: str, description: str = "") -> Organization:
    """Found another organization; the founder owns it and is its first admin.

    Admins may: whoever can open a tenant can fill the disk.
    """
    founder = acting(principal, "organization.manage").user
    slug = slugify(name)[:63].strip("-")
    if not slug:
        raise InvalidInput("Give a name with letters or digits.", field="name")
    with transaction.atomic():
        organization = organization_create(slug=slug, name=name.strip()[:255], owner=founder)
        organization.description = description
        organization.save(update_fields=["description"])
        membership = Membership.objects.create(user=founder, organization=organization)
        membership.roles.set(Role.objects.filter(organization=organization, identifier="admin"))
        audit_add(
            "organization.founded",
            By(organization.pk, founder.pk, principal.client),
            organization,
            slug=slug,
        )
    return organization


def organization_provision(*, organization: Organization, hub: Hub) -> None:
    """Bring roles and configured instances of an organization up to date, in a few statements."""
    Role.objects.bulk_create(
        [
            Role(organization=organization, identifier=key, description=text, is_builtin=True)
            for key, text in ROLE_DESCRIPTIONS.items()
        ],
        ignore_conflicts=True,
    )
    configured = current(FaktsConfig).instances
    releases = _register_releases(organization, configured)
    _register_instances(hub, configured, releases)
    _register_aliases(hub, configured)
    _declare(organization, configured)
    gone = ServiceInstance.objects.filter(hub=hub, is_configured=True)
    gone.exclude(identifier__in=[entry.identifier for entry in configured]).delete()


def _register_releases(
    organization: Organization, configured: list[InstanceConfig]
) -> dict[str, ServiceRelease]:
    """Return this version of each configured service by the service's identifier."""
    names = dict.fromkeys(entry.service for entry in configured)
    Service.objects.bulk_create(
        [
            Service(organization=organization, identifier=name, name=name.rpartition(".")[2])
            for name in names
        ],
        ignore_conflicts=True,
    )
    services = Service.objects.filter(organization=organization, identifier__in=names)
    ServiceRelease.objects.bulk_create(
        [ServiceRelease(service=service, version=version("bauhof")) for service in services],
        ignore_conflicts=True,
    )
    found = ServiceRelease.objects.filter(service__in=services, version=version("bauhof"))
    return {release.service.identifier: release for release in found.select_related("service")}


def _declare(organization: Organization, configured: list[InstanceConfig]) -> None:
    """Bring the roles and scopes services declare up to date; people's own ones stay."""
    roles = {
        word: Role(
            organization=organization,
            identifier=word,
            description=text,
            declared_by=entry.service,
        )
        for entry in configured
        for word, text in entry.roles.items()
    }
    scopes = {
        word: Scope(
            organization=organization,
            identifier=word,
            description=text,
            declared_by=entry.service,
        )
        for entry in configured
        for word, text in entry.scopes.items()
    }
    Role.objects.bulk_create(roles.values(), ignore_conflicts=True)
    Scope.objects.bulk_create(scopes.values(), ignore_conflicts=True)
    for model, names in ((Role, roles), (Scope, scopes)):
        declared = model.objects.filter(organization=organization).exclude(declared_by="")
        declared.exclude(identifier__in=names).delete()


def _register_instances(
    hub: Hub, configured: list[InstanceConfig], releases: dict[str, ServiceRelease]
) -> None:
    ServiceInstance.objects.bulk_create(
        [
            ServiceInstance(
                hub=hub,
                identifier=entry.identifier,
                release=releases[entry.service],
                challenge_key=entry.public_key or "",
                is_configured=True,
            )
            for entry in configured
        ],
        update_conflicts=True,
        unique_fields=["hub", "identifier"],
        update_fields=["release", "challenge_key", "is_configured"],
    )


def _register_aliases(hub: Hub, configured: list[InstanceConfig]) -> None:
    """Give each instance its relative alias.

    An alias keeps its id when its path changes: clients remember by it which address worked.
    """
    wanted = {entry.identifier: entry for entry in configured}
    instances = ServiceInstance.objects.filter(hub=hub, identifier__in=wanted)
    known = {
        alias.instance_id: alias
        for alias in InstanceAlias.objects.filter(instance__in=instances, kind="relative")
    }
    new: list[InstanceAlias] = []
    changed: list[InstanceAlias] = []
    for instance in instances:
        entry = wanted[instance.identifier]
        alias = known.get(instance.pk) or InstanceAlias(instance=instance, kind="relative")
        alias.path = entry.path.strip("/")
        alias.challenge = entry.challenge.strip("/")
        (changed if alias.pk else new).append(alias)
    InstanceAlias.objects.bulk_create(new)
    InstanceAlias.objects.bulk_update(changed, ["path", "challenge"])
