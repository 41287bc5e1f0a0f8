"""Containers for a while: started for whoever needs them, stopped when nobody does any more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from deployers.core.deploying import Made, Site, deploy_flavour
from deployers.core.errors import DeployerError, NotIdle, StartFailed
from deployers.core.labels import from_labels
from deployers.core.managing import stop
from deployers.core.model import Activity, Container, Flavour, Pod, State
from deployers.core.ports import Progress
from kabinet_server.domain.kinds import PodStatus

_LOOK_SECONDS = 0.3


@asynccontextmanager
async def lent(site: Site, flavour: Flavour, progress: Progress) -> AsyncIterator[Made]:
    """Have a flavour run, and its app answer, for as long as the block lasts.

    What ran before stays; what was started for this is stopped by the last one who leaves, unless
    somebody has deployed it in the meantime. Its data and its pod stay.
    """
    # Counted first: what somebody else gives back meanwhile is not stopped.
    site.loans[flavour.id] += 1
    made: Made | None = None
    try:
        made = await deploy_flavour(site, flavour, progress, to_stay=False)
        await _answering(site, made)
        yield made
    finally:
        site.loans[flavour.id] -= 1
        if made is not None:
            # Shielded: who is told to end must not leave it running.
            await asyncio.shield(_give_back(site, flavour.id, made.container.id))


async def _answering(site: Site, made: Made) -> None:
    """Wait until the app of a container takes work."""
    belonging = from_labels(made.container.labels)
    deadline = asyncio.get_running_loop().time() + site.settings.start_seconds
    while belonging is not None:
        client = await site.store.client_of(belonging.mandate)
        if client is not None and (await site.store.activity(client)).is_connected:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise StartFailed(
                f"The app runs and offers nothing within {site.settings.start_seconds:g} seconds."
            )
        await asyncio.sleep(_LOOK_SECONDS)


async def _give_back(site: Site, flavour: str, container: str) -> None:
    # By turns with whoever deploys it: a container that ends is not taken for one that runs.
    async with site.locks[flavour]:
        if site.loans[flavour] > 0 or container not in site.passing:
            return
        site.passing.discard(container)
        # It may be gone; where Kabinet is away the watcher reports it later.
        with contextlib.suppress(DeployerError):
            await site.engine.stop(container)
            await site.store.update_pod(container, PodStatus.STOPPED)


def is_idle(container: Container, activity: Activity, now: datetime, after: timedelta) -> bool:
    """Tell whether an app has had nothing to do for that long; what is not known is no idleness."""
    started = moment(container.started_at)
    if container.state is not State.RUNNING or started is None or activity.is_busy:
        return False
    return now - max(started, activity.last or started) >= after


def moment(text: str) -> datetime | None:
    """Read a moment as engines write it; None for one that never was."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.year == 1:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def cull_idle(
    site: Site, after: timedelta, now: datetime, only: frozenset[str] = frozenset()
) -> list[Pod]:
    """Stop the containers whose apps have had nothing to do for a while; returns their pods.

    One that never logged in, that is lent, or that is not named where some are, is left alone.
    """
    if after < timedelta(0):
        raise NotIdle("Idle since a moment that is yet to come: give minutes from 0 on.")
    pods = {pod.local_id: pod for pod in await site.store.pods(site.backend)}
    culled = []
    for container, belonging in await site.ours():
        pod = pods.get(container.id)
        if pod is None or pod.client is None or (only and pod.id not in only):
            continue
        async with site.locks[belonging.flavour]:
            if site.loans[belonging.flavour] > 0:
                continue
            if is_idle(container, await site.store.activity(pod.client), now, after):
                await stop(site, pod)
                culled.append(pod)
    return culled
