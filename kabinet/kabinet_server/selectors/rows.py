"""What a principal may see of each noun: the rows of its organization."""

from __future__ import annotations

from django.db.models import QuerySet

from chassis.errors import InvalidInput
from chassis.identity import Principal
from kabinet_server import models
from kabinet_server.selectors.scope import by_id, visible


def apps_visible_to(principal: Principal) -> QuerySet[models.App]:
    """Return the apps of the store, by identifier."""
    return visible(principal, models.App.objects.order_by("identifier"))


def releases_visible_to(principal: Principal) -> QuerySet[models.Release]:
    """Return the releases, the newest first."""
    return visible(principal, models.Release.objects.order_by("-released_at", "-pk"))


def flavours_visible_to(principal: Principal) -> QuerySet[models.Flavour]:
    """Return the flavours that are offered, the newest first."""
    return visible(principal, models.Flavour.objects.filter(retired_at=None).order_by("-pk"))


def all_flavours_visible_to(principal: Principal) -> QuerySet[models.Flavour]:
    """Return the flavours, with those that are not offered any longer but may yet run."""
    return visible(principal, models.Flavour.objects.order_by("-pk"))


def definitions_visible_to(principal: Principal) -> QuerySet[models.Definition]:
    """Return what apps of the store can do, by name."""
    return visible(principal, models.Definition.objects.order_by("name", "pk"))


def definition_get(
    *, principal: Principal, definition_id: object | None, hash: str | None
) -> QuerySet[models.Definition]:
    """Return the definition with an id or a hash; exactly one of them is given."""
    if (definition_id is None) == (hash is None):
        raise InvalidInput("Give either the id or the hash of the definition.", field="id")
    rows = definitions_visible_to(principal)
    return rows.filter(hash=hash) if hash is not None else by_id(rows, definition_id)


def github_repos_visible_to(principal: Principal) -> QuerySet[models.GithubRepo]:
    """Return the git repositories, in the order they were added."""
    return visible(principal, models.GithubRepo.objects.order_by("pk"))


def oci_repos_visible_to(principal: Principal) -> QuerySet[models.OciRepo]:
    """Return the repositories of registries, in the order they were added."""
    return visible(principal, models.OciRepo.objects.order_by("pk"))


def backends_visible_to(principal: Principal) -> QuerySet[models.Backend]:
    """Return the backends."""
    return visible(principal, models.Backend.objects.order_by("pk"))


def resources_visible_to(principal: Principal) -> QuerySet[models.Resource]:
    """Return the resources of all backends."""
    return visible(principal, models.Resource.objects.order_by("pk"))


def deployments_visible_to(principal: Principal) -> QuerySet[models.Deployment]:
    """Return the deployments, in the order they were made."""
    return visible(principal, models.Deployment.objects.order_by("pk"))


def pods_visible_to(principal: Principal) -> QuerySet[models.Pod]:
    """Return the pods, in the order they were made."""
    return visible(principal, models.Pod.objects.order_by("pk"))


def approvals_visible_to(principal: Principal) -> QuerySet[models.ReleaseApproval]:
    """Return the approvals, the newest first."""
    return visible(principal, models.ReleaseApproval.objects.order_by("-pk"))


def own_backends(principal: Principal) -> QuerySet[models.Backend]:
    """Return the backend that the principal's client is for the principal's user."""
    return backends_visible_to(principal).filter(client=principal.client, user=principal.subject)


def own_pod_at(*, principal: Principal, local_id: str) -> QuerySet[models.Pod]:
    """Return the pod that a backend of the principal's calls so."""
    mine = own_backends(principal).values("pk")
    return pods_visible_to(principal).filter(backend__in=mine, pod_id=local_id)


def pod_of_agent(*, principal: Principal, client_id: str) -> QuerySet[models.Pod]:
    """Return the newest pod whose container logs in as a client."""
    return pods_visible_to(principal).filter(client_id=client_id).order_by("-pk")
