"""Approvals: given after a look at a release, and taken back."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.errors import InvalidInput
from chassis.identity import Principal
from chassis.permissions import allows
from kabinet_server.adapters import mandates
from kabinet_server.adapters.news import PODS
from kabinet_server.config import KabinetConfig
from kabinet_server.domain.capabilities import Consent as Decided
from kabinet_server.domain.capabilities import decide
from kabinet_server.domain.errors import ConsentMissing, MandateLeft, ReleaseChanged
from kabinet_server.domain.kinds import AuditKind
from kabinet_server.domain.pod_state import LIVE
from kabinet_server.models import Consent, Pod, Release, ReleaseApproval
from kabinet_server.operations.author import acting, audit
from kabinet_server.operations.release import offered
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import one

logger = logging.getLogger(__name__)


@transaction.atomic
def release_approve(
    *,
    principal: Principal,
    release_id: object,
    mandate: str,
    agent: str,
    digest: str,
    backends: Sequence[object] | None = None,
    consents: Mapping[str, Decided] | None = None,
) -> ReleaseApproval:
    """Let a deployer run a release as the caller. The digest is what the caller has reviewed."""
    visible = (
        rows.releases_visible_to(principal).select_related("app").select_for_update(of=["self"])
    )
    release = one(visible.order_by(), release_id)
    acting(principal, "approval.create", release)
    if digest != release.approval_digest:
        raise ReleaseChanged(field="digest")
    if not agent.strip() or not mandate.strip():
        raise InvalidInput("Name the mandate and the deployer it is for.", field="agent")
    allowed = [one(rows.backends_visible_to(principal), backend) for backend in backends or ()]
    decided = dict(consents or {})
    _check_consents(principal, release, decided)
    approval = ReleaseApproval.objects.create(
        organization_id=principal.organization,
        release=release,
        approver_id=principal.subject,
        mandate_id=mandate.strip(),
        agent=agent.strip(),
        digest=digest,
    )
    approval.backends.set(allowed)
    Consent.objects.bulk_create(
        Consent(
            approval=approval,
            name=name,
            is_granted=one.is_granted,
            host=one.host,
            is_writable=one.is_writable,
        )
        for name, one in decided.items()
    )
    audit(
        AuditKind.APPROVED,
        organization=principal.organization,
        actor=principal.subject,
        subject=f"{release.app.identifier}:{release.version}",
        approval=approval.pk,
        agent=approval.agent,
        granted=sorted(name for name, one in decided.items() if one.is_granted),
    )
    return approval


def _check_consents(principal: Principal, release: Release, decided: Mapping[str, Decided]) -> None:
    """Refuse decisions about what nobody asks for, and approvals under which nothing can run."""
    flavours = offered(release)
    asked = {str(each["name"]) for flavour in flavours for each in flavour.capabilities}
    unknown = sorted(set(decided) - asked)
    if unknown:
        raise InvalidInput(
            f"This release asks for no capability {', '.join(unknown)}.", field="grants"
        )
    folders = current(KabinetConfig).approvals.allowed_folders
    problems: list[str] = []
    for flavour in flavours:
        decision = decide(
            flavour.capabilities,
            decided,
            is_admin=allows(principal, "store.manage"),
            allowed_folders=folders,
        )
        if not decision.problems:
            return
        problems += [f"{flavour.name}: {problem}" for problem in decision.problems]
    if problems:
        raise ConsentMissing("; ".join(problems), field="grants")


@transaction.atomic
def approval_revoke(*, principal: Principal, approval_id: object) -> ReleaseApproval:
    """Take an approval back. Its deployers hear of it and stop its containers."""
    visible = rows.approvals_visible_to(principal).select_related("release__app")
    approval = one(visible, approval_id)
    acting(principal, "approval.revoke", approval)
    if approval.revoked_at is not None:
        return approval
    approval.revoked_at = clock.now()
    approval.revoked_by_id = principal.subject
    approval.save(update_fields=["revoked_at", "revoked_by"])
    audit(
        AuditKind.REVOKED,
        organization=principal.organization,
        actor=principal.subject,
        subject=f"{approval.release.app.identifier}:{approval.release.version}",
        approval=approval.pk,
    )
    live = Pod.objects.filter(deployment__approval=approval, status__in=[one.value for one in LIVE])
    for pod in live.values_list("pk", flat=True):
        PODS.announce(principal.organization, "update", pod)
    return approval


def mandate_withdraw(*, approval: ReleaseApproval, token: str | None) -> None:
    """Withdraw the mandate of a revoked approval at fakts, by the token of who revoked it.

    Outside of the transaction: a mandate that cannot be withdrawn keeps no container running. A
    second call for the same approval tries again.
    """
    url = current(KabinetConfig).approvals.mandates_url
    if url is None or _is_needed(approval):
        return
    try:
        mandates.withdraw(url, mandate=approval.mandate_id, token=token)
    except MandateLeft:
        logger.warning(
            "left a mandate of a revoked approval",
            extra={"event": "mandate.left", "approval": approval.pk},
        )
        raise


def _is_needed(approval: ReleaseApproval) -> bool:
    """Tell whether another approval stands on the same mandate."""
    others = ReleaseApproval.objects.filter(
        organization_id=approval.organization_id,
        mandate_id=approval.mandate_id,
        revoked_at__isnull=True,
    )
    return others.exclude(pk=approval.pk).exists()
