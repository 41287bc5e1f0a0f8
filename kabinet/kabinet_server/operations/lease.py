"""Leases: what of a resource a pod holds while it lives."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from chassis import clock
from kabinet_server.domain.errors import ResourceExhausted
from kabinet_server.domain.facts import facts_of
from kabinet_server.domain.kinds import LeaseMode
from kabinet_server.domain.leases import Held, allocate, demand_of
from kabinet_server.models import Lease, Pod, Resource
from kabinet_server.selectors.lease import held_of


@transaction.atomic
def leases_take(*, pod: Pod, wanted: Sequence[str] = ()) -> list[Lease]:
    """Give a pod what its flavour needs of its resource, or raise ResourceExhausted.

    A pod that holds its leases keeps them. The row of the resource is locked, so that two pods
    never choose at the same time.
    """
    if pod.resource_id is None:
        return []
    resource = Resource.objects.select_for_update().get(pk=pod.resource_id)
    present = list(pod.leases.filter(released_at=None))
    if present:
        return present
    facts = facts_of(resource.qualifiers)
    demand = demand_of(pod.deployment.flavour.selectors, facts)
    allocation = allocate(demand, facts, held_of(resource), wanted=wanted)
    if allocation.problem is not None:
        raise ResourceExhausted(f"{resource.name}: {allocation.problem}.", field="resource")
    return Lease.objects.bulk_create(_lease(pod, resource, one) for one in allocation.leases)


def _lease(pod: Pod, resource: Resource, held: Held) -> Lease:
    return Lease(
        organization_id=pod.organization_id,
        resource=resource,
        pod=pod,
        kind=held.kind,
        device=held.device,
        mode=None if held.mode is None else LeaseMode(held.mode).value,
        amount=held.amount,
    )


def leases_retake(*, pod: Pod) -> list[Lease]:
    """Give a pod that starts again the very devices its container was made with."""
    last = pod.leases.exclude(device="").order_by("-pk")
    newest = last.first()
    wanted: list[str] = []
    if newest is not None:
        wanted = list(last.filter(released_at=newest.released_at).values_list("device", flat=True))
    return leases_take(pod=pod, wanted=wanted)


def leases_release(*, pod: Pod) -> int:
    """Give back what a pod holds."""
    return pod.leases.filter(released_at=None).update(released_at=clock.now())
