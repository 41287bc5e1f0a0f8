"""Approvals by the command line: a mandate at fakts, then the approval that names it."""

from __future__ import annotations

from typing import Any

from deployment.errors import DeploymentError
from deployment.store.session import Session

_MANDATE = """
mutation Mandate($agent: String!, $manifest: ManifestInput!) {
  createMandate(input: {agent: $agent, manifest: $manifest}) { id }
}
"""
_WITHDRAW = "mutation Withdraw($id: ID!) { revokeMandate(input: {id: $id}) { id } }"
_APPROVE = """
mutation Approve($input: ApproveReleaseInput!) { approveRelease(input: $input) { id agent } }
"""
_REVOKE = "mutation Revoke($id: ID!) { revokeApproval(input: {id: $id}) { id } }"


def approve(
    session: Session, release: dict[str, Any], agent: str, consents: list[dict[str, Any]]
) -> dict[str, Any]:
    """Approve a release for a deployer; the mandate goes again if the store refuses."""
    manifest = release["mandateManifest"]
    granting = session.with_scopes(manifest.get("scopes") or [])
    made = granting.ask("fakts", _MANDATE, agent=agent, manifest=manifest)["createMandate"]
    given = {
        "release": release["id"],
        "mandate": made["id"],
        "agent": agent,
        "digest": release["approvalDigest"],
        "consents": consents,
    }
    try:
        return dict(granting.ask("kabinet", _APPROVE, input=given)["approveRelease"])
    except DeploymentError:
        granting.ask("fakts", _WITHDRAW, id=made["id"])
        raise


def revoke(session: Session, release: dict[str, Any]) -> list[str]:
    """Take all approvals of a release back; returns their ids. The store withdraws the mandates."""
    live = [one["id"] for one in release["approvals"] if one["revokedAt"] is None]
    for approval in live:
        session.ask("kabinet", _REVOKE, id=approval)
    return live


def consents_of(grants: list[str], declined: list[str]) -> list[dict[str, Any]]:
    """Return decisions about capabilities from `name`, `name=host` and `name=host:rw`."""
    decided = []
    for word in grants:
        name, _, host = word.partition("=")
        if not name:
            raise DeploymentError(f"{word!r} names no capability", field="grant")
        writable = host.endswith(":rw")
        host = host.removesuffix(":rw").removesuffix(":ro")
        decided.append({"name": name, "granted": True, "host": host or None, "writable": writable})
    return decided + [{"name": name, "granted": False} for name in declined]
