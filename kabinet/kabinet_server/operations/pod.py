"""Pods: containers as their backend reports them, and what they wrote."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from chassis.clock import now
from chassis.config import current
from chassis.errors import InvalidInput, NotFound
from chassis.identity import Principal
from kabinet_server.adapters.news import PODS
from kabinet_server.config import KabinetConfig
from kabinet_server.domain.errors import ApprovalInactive
from kabinet_server.domain.kinds import PodStatus
from kabinet_server.domain.logs import kept_logs
from kabinet_server.domain.pod_state import LIVE, deployment_status, transition
from kabinet_server.models import Deployment, LogDump, Pod
from kabinet_server.operations.author import acting
from kabinet_server.operations.backend import backend_touch
from kabinet_server.operations.deployment import deployment_set
from kabinet_server.operations.lease import leases_release, leases_retake, leases_take
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import one


@transaction.atomic
def pod_create(
    *,
    principal: Principal,
    deployment_id: object,
    local_id: str,
    resource_id: object | None = None,
    client_id: str | None = None,
) -> Pod:
    """Register a container of the caller's own backend before it starts.

    With a resource it gets its leases, or the call is refused with ResourceExhausted.
    """
    visible = rows.deployments_visible_to(principal).select_related(
        "backend", "flavour", "approval"
    )
    deployment = one(visible, deployment_id)
    acting(principal, "backend.report", deployment.backend)
    backend_touch(deployment.backend)
    if deployment.approval is not None and deployment.approval.revoked_at is not None:
        raise ApprovalInactive("The approval of this deployment was revoked.", field="deployment")
    if not local_id.strip() or len(local_id) > 1000:
        raise InvalidInput("localId has 1 to 1000 characters.", field="localId")
    resource = None
    if resource_id is not None:
        own = rows.resources_visible_to(principal).filter(backend=deployment.backend)
        resource = one(own, resource_id)
    pod = (
        Pod.objects.select_for_update().filter(backend=deployment.backend, pod_id=local_id).first()
    )
    is_new = pod is None
    if pod is None:
        pod = Pod(
            organization_id=principal.organization,
            backend=deployment.backend,
            pod_id=local_id,
            descriptors={
                **deployment.flavour.descriptors,
                "@kabinet/status": PodStatus.PENDING.value,
                "@kabinet/backend_kind": deployment.backend.kind,
            },
        )
    elif resource is not None and pod.resource_id != resource.pk:
        leases_release(pod=pod)
    pod.deployment = deployment
    pod.resource = resource or pod.resource
    pod.client_id = client_id or pod.client_id
    pod.save()
    if PodStatus(pod.status) in LIVE:
        leases_take(pod=pod)
    _follow(deployment)
    PODS.announce(principal.organization, "create" if is_new else "update", pod.pk)
    return pod


def _own_pod(principal: Principal, pod_id: object | None, local_id: str | None) -> Pod:
    """Return the pod named by its id or by its name on the caller's own backend."""
    if pod_id is None and local_id is None:
        raise InvalidInput("Name the pod by its id or its localId.", field="pod")
    if pod_id is not None:
        visible = rows.pods_visible_to(principal)
        pod = one(visible.select_related("backend"), pod_id)
    else:
        found = rows.own_pod_at(principal=principal, local_id=str(local_id))
        first = found.select_related("backend").first()
        if first is None:
            raise NotFound()
        pod = first
    acting(principal, "backend.report", pod.backend)
    backend_touch(pod.backend)
    return pod


@transaction.atomic
def pod_update(
    *,
    principal: Principal,
    status: PodStatus,
    pod_id: object | None = None,
    local_id: str | None = None,
) -> Pod:
    """Report the state of a container. The same state again is no news, but a sign of life."""
    named = _own_pod(principal, pod_id, local_id)
    pod = (
        Pod.objects.select_for_update(of=["self"])
        .select_related("deployment__flavour", "deployment__approval")
        .get(pk=named.pk)
    )
    before = PodStatus(pod.status)
    after = transition(before, status)
    pod.reported = after.value
    if after is before:
        pod.save(update_fields=["reported", "updated_at"])
        return pod
    if after in LIVE and before not in LIVE:
        _check_restart(pod)
        leases_retake(pod=pod)
    elif after not in LIVE:
        leases_release(pod=pod)
    pod_set(pod, after)
    return pod


def _check_restart(pod: Pod) -> None:
    approval = pod.deployment.approval
    if approval is not None and approval.revoked_at is not None:
        raise ApprovalInactive("The approval of this container was revoked; it stays stopped.")


def pod_set(pod: Pod, status: PodStatus) -> None:
    """Write a state of a pod, and what follows for its deployment; tell whoever watches."""
    pod.status = status.value
    pod.descriptors = {**pod.descriptors, "@kabinet/status": status.value}
    pod.save(update_fields=["status", "reported", "descriptors", "updated_at"])
    _follow(pod.deployment)
    PODS.announce(pod.organization_id, "update", pod.pk)


def _follow(deployment: Deployment) -> None:
    """Give a deployment the state its pods make it have."""
    states = [PodStatus(state) for state in deployment.pods.values_list("status", flat=True)]
    status = deployment_status(PodStatus(deployment.status), states)
    if status.value != deployment.status:
        deployment_set(deployment, status)


@transaction.atomic
def pod_delete(*, principal: Principal, pod_id: object) -> str:
    """Forget a container; its backend or an admin may, from any state."""
    pod = one(rows.pods_visible_to(principal).select_related("backend"), pod_id)
    acting(principal, "backend.remove", pod.backend)
    deployment, number = pod.deployment, pod.pk
    pod.delete()
    _follow(deployment)
    PODS.announce(principal.organization, "delete", number)
    return str(number)


@transaction.atomic
def logs_dump(*, principal: Principal, pod_id: object, logs: str) -> LogDump:
    """Keep a piece of a container's output: bounded, masked, the newest ones.

    What is kept outlives the container, so that one can read why an app was removed.
    """
    pod = _own_pod(principal, pod_id, None)
    config = current(KabinetConfig).log_dumps
    dump = LogDump.objects.create(
        deployment=pod.deployment,
        pod=pod,
        container=pod.pod_id,
        logs=kept_logs(logs, config.dump_bytes),
    )
    _thin_out(LogDump.objects.filter(pod=pod), config.dumps_per_pod)
    _thin_out(LogDump.objects.filter(deployment=pod.deployment_id), config.dumps_per_deployment)
    return dump


def _thin_out(dumps: QuerySet[LogDump], most: int) -> None:
    kept = dumps.order_by("-pk").values_list("pk", flat=True)[:most]
    dumps.exclude(pk__in=list(kept)).delete()


def logs_sweep() -> int:
    """Delete what is kept of containers that were removed long ago; return how many pieces."""
    end = now() - timedelta(days=current(KabinetConfig).log_dumps.keep_days)
    return LogDump.objects.filter(pod=None, created_at__lt=end).delete()[0]
