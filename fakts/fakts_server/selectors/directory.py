"""What members see of their organization: people, apps, clients and services."""

from __future__ import annotations

from django.db.models import QuerySet

from chassis.identity.principal import Principal
from chassis.permissions import authorize
from fakts_server.domain.network import Network, networks_of
from fakts_server.models.app import App, Release
from fakts_server.models.client import Client, ReportEntry
from fakts_server.models.group import Group
from fakts_server.models.instance import Service, ServiceInstance, ServiceRelease
from fakts_server.models.user import User
from fakts_server.selectors.instance import known_scopes
from fakts_server.selectors.scope import membership_of, row_id, tenant_of, visible


def users_visible_to(principal: Principal) -> QuerySet[User]:
    """Return the members of the organization."""
    # A person is a member once, so the join doubles nobody.
    rows = visible(principal, "person.read", User.objects.all(), path="memberships__organization")
    return rows.order_by("username")


def user_get(principal: Principal, user_id: object) -> QuerySet[User]:
    """Return one member."""
    return users_visible_to(principal).filter(pk=row_id(user_id))


def user_self(principal: Principal) -> QuerySet[User]:
    """Return the person behind a token."""
    return User.objects.filter(pk=membership_of(principal).user_id)


def groups_visible_to(principal: Principal) -> QuerySet[Group]:
    """Return the groups of the organization."""
    return visible(principal, "person.read", Group.objects.order_by("name"))


def apps_visible_to(principal: Principal) -> QuerySet[App]:
    """Return the apps of the organization."""
    return visible(principal, "app.read", App.objects.order_by("identifier"))


def app_get(
    principal: Principal,
    *,
    app_id: object | None,
    identifier: str | None,
    client_id: object | None,
) -> QuerySet[App]:
    """Return one app, by id, identifier or a client of it."""
    rows = apps_visible_to(principal)
    if app_id is not None:
        return rows.filter(pk=row_id(app_id))
    if identifier is not None:
        return rows.filter(identifier=identifier)
    return rows.filter(releases__clients__client_id=client_id or "")


def releases_visible_to(principal: Principal) -> QuerySet[Release]:
    """Return the releases of the organization's apps."""
    rows = Release.objects.order_by("app__identifier", "pk")
    return visible(principal, "app.read", rows, path="app__organization")


def release_get(
    principal: Principal,
    *,
    release_id: object | None,
    identifier: str | None,
    version: str | None,
    client_id: object | None,
) -> QuerySet[Release]:
    """Return one release, by id, by app and version, or by a client of it."""
    rows = releases_visible_to(principal)
    if release_id is not None:
        return rows.filter(pk=row_id(release_id))
    if identifier is not None and version is not None:
        return rows.filter(app__identifier=identifier, version=version)
    return rows.filter(clients__client_id=client_id or "")


def clients_visible_to(principal: Principal) -> QuerySet[Client]:
    """Return the clients of the organization."""
    rows = Client.objects.order_by("pk")
    return visible(principal, "app.read", rows, path="membership__organization")


def client_get(
    principal: Principal, *, row: object | None, client_id: object | None
) -> QuerySet[Client]:
    """Return one client, by id or OAuth client id."""
    rows = clients_visible_to(principal)
    if row is not None:
        return rows.filter(pk=row_id(row))
    return rows.filter(client_id=client_id or "")


def reports_visible_to(principal: Principal) -> QuerySet[ReportEntry]:
    """Return what clients last reported, what does not work first."""
    rows = ReportEntry.objects.order_by("is_valid", "-reported_at")
    return visible(principal, "app.read", rows, path="client__membership__organization")


def clients_of_self(principal: Principal, kind: str) -> QuerySet[Client]:
    """Return the clients that act for the person behind a token."""
    return clients_visible_to(principal).filter(
        membership__user=row_id(principal.subject), kind=kind
    )


def scopes_visible_to(principal: Principal) -> dict[str, str]:
    """Return what apps can be granted in the organization, with the texts people read."""
    authorize(principal, "app.read")
    return known_scopes(membership_of(principal).organization)


def services_visible_to(principal: Principal) -> QuerySet[Service]:
    """Return the kinds of services of the organization."""
    return visible(principal, "service.read", Service.objects.order_by("identifier"))


def service_releases_visible_to(principal: Principal) -> QuerySet[ServiceRelease]:
    """Return the versions of the organization's services."""
    rows = ServiceRelease.objects.order_by("pk")
    return visible(principal, "service.read", rows, path="service__organization")


def instances_visible_to(principal: Principal) -> QuerySet[ServiceInstance]:
    """Return the running services of the organization."""
    rows = ServiceInstance.objects.order_by("identifier")
    return visible(principal, "service.read", rows, path="hub__organization")


def networks_visible_to(principal: Principal) -> list[Network]:
    """Return the networks the organization's instances are reached through."""
    rows = instances_visible_to(principal).order_by()
    kinds = rows.filter(aliases__isnull=False).values_list("aliases__kind", flat=True).distinct()
    return networks_of(tenant_of(principal), kinds)
