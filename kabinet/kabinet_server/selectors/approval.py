"""Approvals: whether they stand, and whether one covers a deployment."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from chassis.identity import Principal
from kabinet_server.domain.capabilities import Consent
from kabinet_server.models import Backend, ReleaseApproval


def is_stale(approval: ReleaseApproval) -> bool:
    """Tell whether the release is not any more what was approved."""
    return approval.digest != approval.release.approval_digest


def is_active(approval: ReleaseApproval) -> bool:
    """Tell whether something new may be deployed under an approval."""
    return approval.revoked_at is None and not is_stale(approval)


def active(rows: QuerySet[ReleaseApproval]) -> QuerySet[ReleaseApproval]:
    """Narrow approvals to the active ones."""
    return rows.filter(revoked_at=None, digest=F("release__approval_digest"))


def covers_backend(approval: ReleaseApproval, backend: Backend) -> bool:
    """Tell whether an approval is for a backend: for any if it names none."""
    named = approval.backends.values_list("pk", flat=True)
    return not named or backend.pk in named


def consents_of(approval: ReleaseApproval) -> dict[str, Consent]:
    """Return what the approver decided, by the name of the capability."""
    return {
        row.name: Consent(is_granted=row.is_granted, host=row.host, is_writable=row.is_writable)
        for row in approval.consents.all()
    }


def named_like(text: str, prefix: str = "") -> Q:
    """Return the condition that the approved app or version is named like a text."""
    return Q(**{f"{prefix}release__app__identifier__icontains": text}) | Q(
        **{f"{prefix}release__version__icontains": text}
    )


def usable_by(rows: QuerySet[ReleaseApproval], principal: Principal) -> QuerySet[ReleaseApproval]:
    """Narrow approvals to those that name the principal's app as the deployer."""
    return rows.filter(agent=principal.app or "")
