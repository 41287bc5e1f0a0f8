"""Everything a token is made of, read in as few statements as possible."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet

from fakts_server.domain.alias import AliasKind, AliasRule
from fakts_server.models.client import Client, ServiceInstanceMapping
from fakts_server.models.instance import InstanceAlias
from fakts_server.models.organization import Membership, Role


def role_names(membership_field: str) -> ArraySubquery:
    """Return the expression for the sorted role names of a membership."""
    roles = Role.objects.filter(memberships=OuterRef(membership_field)).order_by("identifier")
    return ArraySubquery(roles.values("identifier"))


def clients_with_session() -> QuerySet[Client]:
    """Return clients with all their token needs joined in."""
    return Client.objects.filter(membership__isnull=False).select_related(
        "membership__user", "membership__organization", "hub", "release__app", "device"
    )


def roles_of(membership: Membership) -> list[str]:
    """Return the role names a member has now."""
    return list(membership.roles.order_by("identifier").values_list("identifier", flat=True))


def mappings_of(client: Client) -> list[ServiceInstanceMapping]:
    """Return what a client is wired to, addresses included (two statements)."""
    aliases = InstanceAlias.objects.order_by("id")
    return list(
        ServiceInstanceMapping.objects.filter(client=client)
        .select_related("instance__release__service")
        .prefetch_related(Prefetch("instance__aliases", queryset=aliases))
        .order_by("key")
    )


def alias_rule(alias: InstanceAlias) -> AliasRule:
    """Return an alias as the domain sees it."""
    return AliasRule(
        id=str(alias.pk),
        kind=AliasKind(alias.kind),
        path=alias.path,
        challenge=alias.challenge,
        host=alias.host,
        port=alias.port,
        ssl=alias.ssl,
        reach=alias.reach or None,  # type: ignore[arg-type]  # only written from a Reach
        public=alias.is_public,
    )
