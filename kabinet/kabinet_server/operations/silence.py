"""Backends that fell silent: nobody knows the state of their pods until they speak again."""

from __future__ import annotations

from django.db import transaction

from kabinet_server.domain.kinds import PodStatus
from kabinet_server.models import Pod
from kabinet_server.operations.pod import pod_set
from kabinet_server.selectors.liveness import silent_backends

#: States that a silent backend may have left without telling.
_DOUBTFUL = (PodStatus.PENDING.value, PodStatus.RUNNING.value, PodStatus.STOPPING.value)
_BATCH = 500


def silent_pods_mark() -> int:
    """Mark the pods of silent backends, and return how many. They keep their leases."""
    found = Pod.objects.filter(backend__in=silent_backends(), status__in=_DOUBTFUL)
    numbers = list(found.order_by("pk").values_list("pk", flat=True)[:_BATCH])
    return sum(_mark(number) for number in numbers)


@transaction.atomic
def _mark(number: int) -> bool:
    pod = (
        Pod.objects.select_for_update(of=["self"])
        .select_related("deployment")
        .filter(pk=number, status__in=_DOUBTFUL, backend__in=silent_backends())
        .first()
    )
    if pod is None:
        return False
    pod_set(pod, PodStatus.UNKOWN)
    return True
