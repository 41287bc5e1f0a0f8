"""Deployments: a flavour on a backend, under an approval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from chassis.config import current
from chassis.errors import InvalidInput
from chassis.identity import Principal
from chassis.permissions import allows
from kabinet_server.adapters.sealing import seal
from kabinet_server.config import KabinetConfig
from kabinet_server.domain.capabilities import Decision, decide
from kabinet_server.domain.errors import ApprovalInactive, ConsentMissing
from kabinet_server.domain.kinds import PodStatus
from kabinet_server.models import Backend, Deployment, Flavour, ReleaseApproval
from kabinet_server.operations.author import acting
from kabinet_server.operations.backend import backend_touch, own_backend
from kabinet_server.selectors import approval as approvals
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import one


@transaction.atomic
def deployment_create(
    *,
    principal: Principal,
    flavour_id: object,
    local_id: str,
    approval_id: object | None = None,
    last_pulled: datetime | None = None,
    params: Mapping[str, Any] | None = None,
    secret_params: Mapping[str, Any] | None = None,
    replaces: object | None = None,
) -> Deployment:
    """Write down that the caller's backend runs a flavour; everything is checked again here."""
    flavour = one(
        rows.all_flavours_visible_to(principal).select_related("release__app"), flavour_id
    )
    acting(principal, "backend.run", flavour)
    backend = own_backend(principal)
    backend_touch(backend)
    if not local_id.strip() or len(local_id) > 1000:
        raise InvalidInput("localId has 1 to 1000 characters.", field="localId")
    approval = _approval(principal, approval_id, flavour, backend)
    previous = None
    if replaces is not None:
        previous = one(rows.deployments_visible_to(principal).filter(backend=backend), replaces)
    values: dict[str, Any] = {
        "organization_id": principal.organization,
        "release": flavour.release,
        "approval": approval,
        "last_pulled": last_pulled,
        "descriptors": {**flavour.descriptors, "@kabinet/status": PodStatus.PENDING.value},
    }
    if params is not None:
        values["params"] = dict(params)
    if secret_params is not None:
        values["secret_params"] = seal(secret_params)
    if previous is not None:
        values["previous"] = previous
    deployment, _ = Deployment.objects.update_or_create(
        flavour=flavour, backend=backend, local_id=local_id, defaults=values
    )
    return deployment


def _approval(
    principal: Principal, approval_id: object | None, flavour: Flavour, backend: Backend
) -> ReleaseApproval | None:
    """Return the approval a deployment is made under, or raise why it does not cover it."""
    if approval_id is None:
        if current(KabinetConfig).approvals.required:
            raise InvalidInput("A deployment needs an approval of its release.", field="approval")
        return None
    visible = rows.approvals_visible_to(principal).select_related("release__app", "approver")
    approval = one(visible.select_for_update(of=["self"]), approval_id)
    if approval.release_id != flavour.release_id:
        raise ApprovalInactive("The approval is of another release.", field="approval")
    if approval.revoked_at is not None:
        raise ApprovalInactive("The approval was revoked.", field="approval")
    if approvals.is_stale(approval):
        raise ApprovalInactive(
            "The release has changed since it was approved; approve what it is now.",
            field="approval",
        )
    if approval.agent != principal.app:
        raise ApprovalInactive(f"The approval is for {approval.agent}.", field="approval")
    if not approvals.covers_backend(approval, backend):
        raise ApprovalInactive("The approval is for other backends.", field="approval")
    decision = decision_for(approval, flavour)
    if decision.problems:
        raise ConsentMissing("; ".join(decision.problems), field="approval")
    return approval


def decision_for(approval: ReleaseApproval, flavour: Flavour) -> Decision:
    """Return what an approval grants to a container of a flavour.

    What only an admin can agree to was checked when the approval was given.
    """
    return decide(
        flavour.capabilities,
        approvals.consents_of(approval),
        is_admin=True,
        allowed_folders=current(KabinetConfig).approvals.allowed_folders,
    )


@transaction.atomic
def deployment_update(
    *, principal: Principal, deployment_id: object, status: PodStatus
) -> Deployment:
    """Set the state of a deployment of the caller's own backend, or of any for an admin."""
    deployment = one(
        rows.deployments_visible_to(principal).select_related("backend"), deployment_id
    )
    may_report = allows(principal, "backend.report", deployment.backend)
    acting(principal, "backend.report" if may_report else "store.manage", deployment.backend)
    if may_report:
        backend_touch(deployment.backend)
    deployment_set(deployment, status)
    return deployment


def deployment_set(deployment: Deployment, status: PodStatus) -> None:
    """Write the state of a deployment."""
    deployment.status = status.value
    deployment.descriptors = {**deployment.descriptors, "@kabinet/status": status.value}
    deployment.save(update_fields=["status", "descriptors", "updated_at"])
