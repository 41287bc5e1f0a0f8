"""What a deployer asks of Rekuest: whether the app in a container is there and at work."""

from __future__ import annotations

from datetime import datetime

from rekuest.client.client import Rekuest

from deployers.core.model import Activity
from deployers.platform.faults import translated

_ACTIVITY = """
query Activity($client: ID!, $agent: String!) {
  agents(filters: {clientId: $agent}) { connected }
  open: tasks(filters: {clientId: $client, isDone: false}, pagination: {limit: 1}) { id }
  ended: tasks(
    filters: {clientId: $client, isDone: true}
    ordering: [{finishedAt: DESC}]
    pagination: {limit: 1}
  ) { finishedAt }
}
"""
_HERE = "query Here { __typename }"


class Tasks:
    """Rekuest through its released client."""

    def __init__(self, rekuest: Rekuest) -> None:
        self._rekuest = rekuest

    async def reach(self) -> None:
        """Ask for next to nothing."""
        async with translated("Rekuest"):
            await self._rekuest.rath.aquery(_HERE, {})

    async def activity(self, client: str) -> Activity:
        """Return what the app of a client does."""
        async with translated("Rekuest"):
            answer = await self._rekuest.rath.aquery(_ACTIVITY, {"client": client, "agent": client})
        found = answer.data
        ended = [one["finishedAt"] for one in found["ended"] if one["finishedAt"]]
        return Activity(
            is_connected=any(one["connected"] for one in found["agents"]),
            is_busy=bool(found["open"]),
            last=datetime.fromisoformat(ended[0]) if ended else None,
        )
