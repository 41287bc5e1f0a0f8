"""The first visit of an organization: its store gets the default repositories."""

from __future__ import annotations

from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.identity import Principal
from kabinet_server.config import KabinetConfig
from kabinet_server.domain.repository import default_source
from kabinet_server.models import GithubRepo, OciRepo, Organization
from kabinet_server.operations.author import mirror

#: Organizations this process has seen welcomed; rows of organizations are never deleted.
_welcomed: set[str] = set()
_MOST_REMEMBERED = 100_000


def forget_welcomes() -> None:
    """Forget who was welcomed; for tests, which empty the tables."""
    _welcomed.clear()


def organization_welcome(*, principal: Principal) -> None:
    """Give a new organization the default repositories; a job reads them soon after."""
    if principal.organization in _welcomed:
        return
    _welcome(principal)
    if len(_welcomed) >= _MOST_REMEMBERED:
        _welcomed.clear()
    _welcomed.add(principal.organization)


@transaction.atomic
def _welcome(principal: Principal) -> None:
    mirror(principal)
    organization = Organization.objects.select_for_update().get(pk=principal.organization)
    if organization.welcomed_at is not None:
        return
    for text in current(KabinetConfig).sources.default_repos:
        _add(organization, text)
    organization.welcomed_at = clock.now()
    organization.save(update_fields=["welcomed_at"])


def _add(organization: Organization, text: str) -> None:
    source = default_source(text)
    if source.git is not None:
        user, repo, branch = source.git
        GithubRepo.objects.get_or_create(
            organization=organization,
            user=user,
            repo=repo,
            branch=branch,
            defaults={"name": f"{user}/{repo}", "is_default": True},
        )
    if source.oci is not None:
        registry, repository = source.oci
        OciRepo.objects.get_or_create(
            organization=organization,
            registry=registry,
            repository=repository,
            defaults={
                "name": f"{registry}/{repository}",
                "channels": list(source.channels),
                "is_default": True,
            },
        )
