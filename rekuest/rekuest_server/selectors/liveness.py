"""Which agents can take work now: derived from the lease, so that a crash needs no repair."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from chassis import clock
from rekuest_server.models import Agent

#: What `is_connected` and `is_available` look at.
COLUMNS = ("connected", "lease_expires_at", "blocked", "draining")


def connected_agents(prefix: str = "", *, at: datetime | None = None) -> Q:
    """Return the condition that an agent holds a connection; `prefix` leads to the agent."""
    return Q(
        **{f"{prefix}connected": True, f"{prefix}lease_expires_at__gt": at or clock.now()},
    )


def available_agents(prefix: str = "") -> Q:
    """Return the condition that an agent is connected and may be given work."""
    return connected_agents(prefix) & Q(**{f"{prefix}blocked": False, f"{prefix}draining": False})


def is_connected(agent: Agent) -> bool:
    """Tell whether the agent holds a connection now."""
    expires = agent.lease_expires_at
    return agent.connected and expires is not None and expires > clock.now()


def is_available(agent: Agent) -> bool:
    """Tell whether the agent may be given work now."""
    return is_connected(agent) and not agent.blocked and not agent.draining
