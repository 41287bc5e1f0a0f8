"""Instances and addresses that admins add beside those of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity.principal import Principal
from fakts_server.domain.alias import AliasKind
from fakts_server.domain.origin import origin_from_host
from fakts_server.models.group import Group
from fakts_server.models.instance import InstanceAlias, Service, ServiceInstance, ServiceRelease
from fakts_server.operations.audit import audit_add, by
from fakts_server.operations.profile import checked_name, members_among
from fakts_server.selectors.directory import instances_visible_to, service_releases_visible_to
from fakts_server.selectors.instance import hub_or_default
from fakts_server.selectors.scope import acting, row_id, row_ids, tenant_of

Ids = list[object] | None


@dataclass(frozen=True)
class Access:
    """Who may use an instance; None leaves a list as it is, an empty one empties it."""

    allowed_users: Ids = None
    denied_users: Ids = None
    allowed_groups: Ids = None
    denied_groups: Ids = None


@dataclass(frozen=True)
class AliasWish:
    """An address as an admin gives it."""

    kind: str = "absolute"
    host: str = ""
    port: int | None = None
    ssl: bool = False
    path: str = ""
    challenge: str = "ht"
    public: bool = False


def instance_create(
    *,
    principal: Principal,
    identifier: str,
    service: object,
    access: Access,
    hub: object | None = None,
) -> ServiceInstance:
    """Register a running backend; `service` is a version of a service, or the service itself."""
    membership = acting(principal, "service.manage")
    name = _checked_identifier(identifier)
    release = _release_of(principal, service)
    try:
        with transaction.atomic():
            instance = ServiceInstance.objects.create(
                hub=hub_or_default(membership.organization, hub), identifier=name, release=release
            )
            _open_to(principal, instance, access)
            audit_add("instance.created", by(principal), instance, identifier=name)
    except IntegrityError:
        raise Conflict(f"There is already an instance {name!r}.", field="identifier") from None
    return instance


def instance_update(
    *,
    principal: Principal,
    instance_id: object,
    access: Access,
    is_default: bool | None = None,
    provides: list[str] | None = None,
) -> ServiceInstance:
    """Change who may use an instance, what it provides, and whether it is the default one."""
    acting(principal, "service.manage")
    with transaction.atomic():
        instance = _instance_one(principal, instance_id)
        _open_to(principal, instance, access)
        if provides is not None:
            instance.provides = sorted({checked_name(word) for word in provides})
        if is_default:
            _siblings(instance).update(is_default=False)
        if is_default is not None:
            instance.is_default = is_default
        instance.save(update_fields=["provides", "is_default"])
        lists = {name: row_ids(ids) for name, ids in vars(access).items() if ids is not None}
        audit_add(
            "instance.changed",
            by(principal),
            instance,
            identifier=instance.identifier,
            provides=instance.provides,
            is_default=instance.is_default,
            **lists,
        )
    return instance


def instance_remove(*, principal: Principal, instance_id: object) -> ServiceInstance:
    """Take an instance away; clients learn at their next refresh that it is unavailable."""
    acting(principal, "service.manage")
    instance = _instance_one(principal, instance_id)
    if instance.is_configured:
        raise Conflict("This instance is part of the installation's configuration.", field="id")
    with transaction.atomic():
        audit_add("instance.removed", by(principal), instance, identifier=instance.identifier)
        instance.delete()
    return instance


def alias_create(*, principal: Principal, instance_id: object, wish: AliasWish) -> InstanceAlias:
    """Add an address to an instance."""
    acting(principal, "service.manage")
    instance = _instance_one(principal, instance_id)
    return _alias_save(principal, InstanceAlias(instance=instance), wish, "alias.created")


def alias_update(*, principal: Principal, alias_id: object, wish: AliasWish) -> InstanceAlias:
    """Change an address; it keeps its id, by which clients remember what worked."""
    acting(principal, "service.manage")
    return _alias_save(principal, _alias_one(principal, alias_id), wish, "alias.changed")


def alias_remove(*, principal: Principal, alias_id: object) -> ServiceInstance:
    """Take an address away; return its instance."""
    acting(principal, "service.manage")
    alias = _alias_one(principal, alias_id)
    with transaction.atomic():
        audit_add("alias.removed", by(principal), alias, instance=alias.instance.identifier)
        alias.delete()
    return alias.instance


def _alias_save(
    principal: Principal, alias: InstanceAlias, wish: AliasWish, action: str
) -> InstanceAlias:
    if wish.kind not in set(AliasKind):
        raise InvalidInput(f"Kinds: {', '.join(AliasKind)}.", field="kind")
    is_relative = wish.kind == AliasKind.RELATIVE
    if not is_relative and origin_from_host("http", wish.host) is None:
        raise InvalidInput("Give a host name without scheme, port or path.", field="host")
    if wish.port is not None and not 0 < wish.port < 65536:
        raise InvalidInput("A port is 1 to 65535.", field="port")
    alias.kind = wish.kind
    alias.host = "" if is_relative else wish.host.lower()
    alias.port = None if is_relative else wish.port
    alias.ssl = wish.ssl and not is_relative
    alias.path = wish.path.strip("/")[:500]
    alias.challenge = wish.challenge.strip("/")[:500]
    alias.is_public = wish.public
    try:
        with transaction.atomic():
            alias.save()
            audit_add(action, by(principal), alias, instance=alias.instance.identifier)
    except IntegrityError:
        raise Conflict("The instance has this address already.", field="host") from None
    return alias


def _open_to(principal: Principal, instance: ServiceInstance, access: Access) -> None:
    for name in ("allowed_users", "denied_users"):
        wanted = getattr(access, name)
        if wanted is not None:
            getattr(instance, name).set(members_among(principal, wanted, name))
    for name in ("allowed_groups", "denied_groups"):
        wanted = getattr(access, name)
        if wanted is not None:
            rows = Group.objects.filter(organization=tenant_of(principal), pk__in=row_ids(wanted))
            if len(rows) != len(set(map(str, wanted))):
                raise NotFound("There is no such group.", field=name)
            getattr(instance, name).set(rows)


def _siblings(instance: ServiceInstance) -> QuerySet[ServiceInstance]:
    return ServiceInstance.objects.filter(
        hub=instance.hub, release__service=instance.release.service
    ).exclude(pk=instance.pk)


def _instance_one(principal: Principal, instance_id: object) -> ServiceInstance:
    rows = instances_visible_to(principal).filter(pk=row_id(instance_id))
    instance = rows.select_related("hub", "release__service").first()
    if instance is None:
        raise NotFound("There is no such instance.", field="id")
    return instance


def _alias_one(principal: Principal, alias_id: object) -> InstanceAlias:
    alias = (
        InstanceAlias.objects.filter(
            pk=row_id(alias_id), instance__hub__organization=tenant_of(principal)
        )
        .select_related("instance")
        .first()
    )
    if alias is None:
        raise NotFound("There is no such address.", field="id")
    return alias


def _release_of(principal: Principal, service: object) -> ServiceRelease:
    releases = service_releases_visible_to(principal)
    text = str(service)
    if "." in text:
        found, _ = Service.objects.get_or_create(
            organization_id=tenant_of(principal),
            identifier=checked_name(text),
            defaults={"name": text.rpartition(".")[2]},
        )
        release, _ = ServiceRelease.objects.get_or_create(service=found, version="unknown")
        return release
    newest = releases.filter(service=row_id(service)).order_by("-pk").first()
    if newest is None:
        raise NotFound("There is no such service.", field="service")
    return newest


def _checked_identifier(identifier: str) -> str:
    name = identifier.strip()
    if not name or len(name) > 100 or not name.replace("-", "").replace("_", "").isalnum():
        raise InvalidInput(
            "An identifier has 1 to 100 letters, digits, dashes or underscores.",
            field="identifier",
        )
    return name
