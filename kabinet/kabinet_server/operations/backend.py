"""Backends and their resources: declared by the apps that run containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from chassis import clock
from chassis.errors import InvalidInput, NotFound
from chassis.identity import Principal
from kabinet_server.adapters.news import PODS
from kabinet_server.models import Backend, Resource
from kabinet_server.operations.author import acting
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import one

_LONGEST = 400
_MOST_QUALIFIERS = 500


@transaction.atomic
def backend_declare(*, principal: Principal, name: str, kind: str) -> Backend:
    """Make the caller's backend known, or give it a new name; it is alive now."""
    acting(principal, "backend.run")
    backend, _ = Backend.objects.update_or_create(
        organization_id=principal.organization,
        user_id=principal.subject,
        client_id=principal.client,
        defaults={
            "name": _text(name, "name"),
            "kind": _text(kind, "kind", most=200),
            "last_heartbeat": clock.now(),
        },
    )
    return backend


def _text(value: str, field: str, most: int = _LONGEST) -> str:
    text = value.strip()
    if not text or len(text) > most or "\x00" in text:
        raise InvalidInput(f"{field} has 1 to {most} characters.", field=field)
    return text


def own_backend(principal: Principal) -> Backend:
    """Return the backend the caller is, touched; callers that are none are refused."""
    backend = rows.own_backends(principal).first()
    if backend is None:
        raise NotFound("Your client is no backend here; declare it first.")
    return backend


def backend_touch(backend: Backend) -> None:
    """Take a call as a sign of life."""
    Backend.objects.filter(pk=backend.pk).update(last_heartbeat=clock.now())


@transaction.atomic
def backend_delete(*, principal: Principal, backend_id: object) -> str:
    """Forget a backend with its deployments and pods. Its containers are its own to stop."""
    backend = one(rows.backends_visible_to(principal), backend_id)
    acting(principal, "backend.remove", backend)
    pods = list(backend.pods.values_list("pk", flat=True))
    backend.pods.all().delete()
    backend.deployments.all().delete()
    backend.delete()
    for pod in pods:
        PODS.announce(principal.organization, "delete", pod)
    return str(backend_id)


@transaction.atomic
def resource_declare(
    *,
    principal: Principal,
    backend_id: object,
    local_id: str,
    name: str | None = None,
    qualifiers: Sequence[Mapping[str, str]] | None = None,
) -> Resource:
    """Make a resource of the caller's own backend known; its qualifiers are replaced whole."""
    backend = one(rows.backends_visible_to(principal), backend_id)
    acting(principal, "backend.report", backend)
    backend_touch(backend)
    if len(qualifiers or ()) > _MOST_QUALIFIERS:
        raise InvalidInput(f"A resource has at most {_MOST_QUALIFIERS} qualifiers.")
    stored = [
        {"key": _text(item["key"], "qualifiers.key"), "value": item["value"].replace("\x00", "")}
        for item in qualifiers or ()
    ]
    local_id = _text(local_id, "localId")
    resource, _ = Resource.objects.update_or_create(
        backend=backend,
        resource_id=local_id,
        defaults={
            "organization_id": principal.organization,
            "name": _text(name or local_id, "name"),
            "qualifiers": stored,
        },
    )
    return resource
