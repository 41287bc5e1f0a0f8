"""Watching pods: what happens to those of an organization, or to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async

from chassis.identity import Principal
from chassis.permissions import authorize
from kabinet_server.adapters.news import PODS
from kabinet_server.operations.author import RULES as RULES
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import one


async def pods_watch(
    *, principal: Principal, pod_id: object | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Yield what happened (create, update, delete) and the id of the pod it happened to."""
    authorize(principal, "store.read")
    watched = None
    if pod_id is not None:
        found = await sync_to_async(one)(rows.pods_visible_to(principal), pod_id)
        watched = found.pk
    async for kind, number in PODS.watched(principal.organization):
        if watched is None or number == watched:
            yield kind, number
