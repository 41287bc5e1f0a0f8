"""Which approval a deployment may be made under."""

from __future__ import annotations

from collections.abc import Iterable

from deployers.core.errors import NotApproved
from deployers.core.model import Approval, Release


def approval_for(
    release: Release, approvals: Iterable[Approval], *, agent: str, backend: str
) -> Approval:
    """Return the approval to deploy a release under; raises NotApproved with what to do.

    One limited to this backend comes before one that holds anywhere, a newer before an older.
    """
    ours = [one for one in approvals if one.release == release.id]
    named = f"{release.identifier} {release.version}"
    if not ours:
        raise NotApproved(f"Nobody has approved {named} yet. Approve it in the store, then retry.")
    good = [one for one in ours if one.is_active and one.agent == agent and _covers(one, backend)]
    if good:
        return max(good, key=lambda one: (backend in one.backends, _number(one.id)))
    raise NotApproved(f"{named} cannot be deployed here: {_why(ours, agent, backend)}")


def _covers(approval: Approval, backend: str) -> bool:
    return not approval.backends or backend in approval.backends


def _number(identifier: str) -> int:
    return int(identifier) if identifier.isdigit() else 0


def _why(approvals: list[Approval], agent: str, backend: str) -> str:
    standing = [one for one in approvals if one.revoked_at is None]
    if not standing:
        return "its approval was revoked."
    if all(one.agent != agent for one in standing):
        return f"its approval names another deployer than {agent}."
    ours = [one for one in standing if one.agent == agent]
    if all(not _covers(one, backend) for one in ours):
        return "its approval does not cover this backend."
    return "it was published anew since it was approved. Look at it and approve it again."


def revoked(approvals: Iterable[Approval]) -> frozenset[str]:
    """Return the approvals under which nothing may run any more.

    A stale one is not among them: what runs is what was approved.
    """
    return frozenset(one.id for one in approvals if one.revoked_at is not None)
