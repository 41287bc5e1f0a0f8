"""Kabinet, fakts and Rekuest in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from samples import approval

from deployers.core.errors import (
    StoreRefused,
    StoreUnavailable,
)
from deployers.core.model import (
    Activity,
    Approval,
    Flavour,
    Key,
    Pod,
    Release,
    Values,
)
from kabinet_server.domain.kinds import PodStatus


class MemoryStore:
    """What Kabinet and fakts know, and how they answer."""

    def __init__(self) -> None:
        self.releases: dict[str, Release] = {}
        self.given: list[Approval] = []
        self.deployments: dict[str, tuple[str, str, str]] = {}
        #: What people set for the apps, by deployment.
        self.set: dict[str, Values] = {}
        #: What each deployment that was recorded took the place of.
        self.replaced: list[str | None] = []
        self.rows: dict[str, Pod] = {}
        self.dumps: list[tuple[str, str]] = []
        self.keys: dict[str, bool] = {}
        self.clients: dict[str, str] = {}
        self.logins: set[str] = set()
        #: What the apps do, by client.
        self.activities: dict[str, Activity] = {}
        self.values: dict[str, object] = {}
        self.definitions: dict[str, list[str]] = {}
        self.away = False
        #: Methods that are refused, with the reason.
        self.refuses: dict[str, str] = {}
        self.calls: list[str] = []
        self.reports: list[tuple[str, PodStatus]] = []
        #: Another service than Kabinet does not answer.
        self.half_away = False
        self.told: dict[str, PodStatus] = {}

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if self.away:
            raise StoreUnavailable("Kabinet cannot be reached.")
        if method in self.refuses:
            raise StoreRefused(self.refuses[method])

    def add(self, release: Release, *, approved: bool = True, **fields: Any) -> Approval | None:
        """Have a release, approved or not."""
        self.releases[release.id] = release
        if not approved:
            return None
        self.given.append(approval(release, id=str(len(self.given) + 1), **fields))
        return self.given[-1]

    def revoke(self, approval_id: str) -> None:
        """End an approval."""
        moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
        self.given = [
            replace(one, is_active=False, revoked_at=moment) if one.id == approval_id else one
            for one in self.given
        ]

    def _all_flavours(self) -> dict[str, Flavour]:
        return {one.id: one for release in self.releases.values() for one in release.flavours}

    async def declare_backend(self, name: str, kind: str) -> str:
        self._called("declare_backend")
        return "1"

    async def declare_resource(
        self, backend: str, local_id: str, name: str, qualifiers: Sequence[tuple[str, str]]
    ) -> str:
        self._called("declare_resource")
        return "1"

    async def release(self, release_id: str) -> Release:
        self._called("release")
        return self.releases[release_id]

    async def flavour(self, flavour_id: str) -> Flavour:
        self._called("flavour")
        return self._all_flavours()[flavour_id]

    async def offering(self, definition_id: str) -> list[Flavour]:
        self._called("offering")
        known = self._all_flavours()
        return [known[one] for one in self.definitions.get(definition_id, [])]

    async def flavours(self) -> list[Flavour]:
        self._called("flavours")
        return list(self._all_flavours().values())

    async def approvals(self) -> list[Approval]:
        self._called("approvals")
        return list(self.given)

    async def create_deployment(
        self,
        *,
        local_id: str,
        flavour: str,
        approval: str,
        pulled_at: datetime,
        replaces: str | None = None,
    ) -> str:
        self._called("create_deployment")
        self.replaced.append(replaces)
        assert pulled_at.tzinfo is not None
        for known, wish in self.deployments.items():
            if wish[:2] == (local_id, flavour):
                self.deployments[known] = (local_id, flavour, approval)
                return known
        made = f"d{len(self.deployments) + 1}"
        self.deployments[made] = (local_id, flavour, approval)
        return made

    async def values_of(self, deployment: str) -> Values:
        self._called("values_of")
        return self.set.get(deployment, Values())

    async def create_pod(
        self, *, deployment: str, local_id: str, resource: str, client_id: str | None
    ) -> str:
        self._called("create_pod")
        if deployment not in self.deployments:
            raise StoreRefused("There is no such deployment.")
        known = self.rows.get(local_id)
        if known is not None:
            self.rows[local_id] = replace(known, client=client_id or known.client)
            return known.id
        _, flavour, under = self.deployments[deployment]
        self.rows[local_id] = Pod(
            id=f"p{len(self.calls)}",
            local_id=local_id,
            status=PodStatus.PENDING,
            deployment=deployment,
            flavour=self._all_flavours()[flavour],
            approval=under,
            client=client_id,
        )
        return self.rows[local_id].id

    async def update_pod(self, local_id: str, status: PodStatus) -> None:
        self._called("update_pod")
        self.reports.append((local_id, status))
        if local_id not in self.rows:
            raise StoreRefused("There is no such pod.")
        self.rows[local_id] = replace(self.rows[local_id], status=status)
        self.told[self.rows[local_id].id] = status

    async def last_told(self, pod_id: str) -> PodStatus:
        self._called("last_told")
        return self.told.get(pod_id, PodStatus.PENDING)

    async def reach_all(self) -> None:
        self._called("reach_all")
        if self.half_away:
            raise StoreUnavailable("Rekuest cannot be reached.")

    def doubt(self) -> None:
        """Hear nothing from the backend for so long that nothing is believed any more."""
        for key, pod in self.rows.items():
            if pod.status not in (PodStatus.STOPPED, PodStatus.FAILED):
                self.rows[key] = replace(pod, status=PodStatus.UNKOWN)

    async def delete_pod(self, pod_id: str) -> None:
        self._called("delete_pod")
        self.rows = {key: pod for key, pod in self.rows.items() if pod.id != pod_id}

    async def dump_logs(self, pod_id: str, logs: str) -> None:
        self._called("dump_logs")
        self.dumps.append((pod_id, logs))

    async def pods(self, backend: str) -> list[Pod]:
        self._called("pods")
        return list(self.rows.values())

    async def issue_key(self, approval: Approval, label: str) -> Key:
        self._called("issue_key")
        mandate = f"m{len(self.keys) + 1}"
        self.keys[mandate] = True
        return Key(secret=f"bmk_secret-of-{mandate}", mandate=mandate)

    async def revoke_key(self, mandate: str) -> None:
        self._called("revoke_key")
        self.keys[mandate] = False

    async def has_logged_in(self, mandate: str) -> bool:
        self._called("has_logged_in")
        return mandate in self.logins

    async def client_of(self, mandate: str) -> str | None:
        self._called("client_of")
        return self.clients.get(mandate)

    async def activity(self, client: str) -> Activity:
        self._called("activity")
        return self.activities.get(client, Activity())

    async def remote_values(self) -> dict[str, object]:
        self._called("remote_values")
        return dict(self.values)
