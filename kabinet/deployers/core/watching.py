"""Keeps Kabinet and the engine of one mind: at the start, on every event, and now and then.

Each look compares all containers with all pods, so a lost event or a restart costs delay only.
While Kabinet does not answer nothing is touched: what runs goes on running.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from deployers.core.adoption import Difference, Report, Stray, Withdrawn, difference
from deployers.core.approving import revoked
from deployers.core.deploying import Site, keep_log
from deployers.core.errors import DeployerError, EngineUnavailable, StoreRefused, StoreUnavailable
from deployers.core.labels import Belonging, from_labels
from deployers.core.model import Container, Pod
from deployers.core.returning import Comeback
from deployers.core.settings import with_remote
from deployers.core.status import reason_of
from kabinet_server.domain.kinds import PodStatus

logger = logging.getLogger(__name__)

#: Events of one container come in bursts; one look answers them all.
_GATHER_SECONDS = 0.05
_MOST_BACKOFF = 30.0
#: Kabinet takes a backend for silent after 30 seconds, and its containers' state for unknown.
_BEAT_SECONDS = 10.0


class Watcher:
    """The background work of a deployer."""

    def __init__(
        self,
        site: Site,
        *,
        looked: Callable[[], None] | None = None,
        alive: Callable[[], None] | None = None,
        beat_seconds: float = _BEAT_SECONDS,
    ) -> None:
        self._site = site
        self._beat_seconds = beat_seconds
        #: What was set here: values from afar are laid on it, and may be taken away again.
        self._own = site.settings
        self._news = asyncio.Event()
        self._denials: dict[str, int] = {}
        #: Containers Kabinet has known: one it knows no more was deleted there on purpose.
        self._known: set[str] = set()
        self._comeback = Comeback(site)
        self._looked = looked or (lambda: None)
        self._alive = alive or (lambda: None)
        self.failures = 0

    def wake(self) -> None:
        """Look soon."""
        self._news.set()

    async def run(self) -> None:
        """Look, wait for an event or the interval, look again; ends only by cancellation."""
        listening = asyncio.create_task(self._listen(), name="engine events")
        beating = asyncio.create_task(self._beat(), name="signs of life")
        self._comeback.left()
        try:
            while True:
                self._news.clear()
                await self._look_safely()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.pause):
                        await self._news.wait()
                await asyncio.sleep(_GATHER_SECONDS)
        finally:
            listening.cancel()
            beating.cancel()

    @property
    def pause(self) -> float:
        """How long until the next look if nothing happens: longer while nobody answers."""
        usual = self._site.settings.sync_seconds
        return max(usual, min(_MOST_BACKOFF, usual * 2**self.failures)) if self.failures else usual

    async def _look_safely(self) -> None:
        try:
            await self.look()
        except (StoreUnavailable, EngineUnavailable) as error:
            self.failures = min(self.failures + 1, 6)
            self._comeback.left()
            logger.warning("cannot look at the moment: %s", error)
        except DeployerError as error:
            logger.warning("a look ended early: %s", error)
        else:
            self.failures = 0
            self._comeback.settled()
            self._looked()

    async def _beat(self) -> None:
        """Say now and then that the backend lives, however rarely it looks."""
        settings = self._site.settings
        while True:
            # While the platform is away this goes on trying, and is well.
            self._alive()
            with contextlib.suppress(DeployerError):
                await self._site.store.declare_backend(settings.name, settings.kind)
            # One that was told to look once an hour is told otherwise within seconds.
            await self._heed()
            await asyncio.sleep(self._beat_seconds)

    async def _heed(self) -> None:
        """Follow what an admin set from afar; without an answer the last one holds."""
        site = self._site
        with contextlib.suppress(StoreRefused, StoreUnavailable):
            wanted = with_remote(self._own, await site.store.remote_values())
            if wanted != site.settings:
                site.settings = wanted
                logger.info("looks every %g seconds from now on", wanted.sync_seconds)
                self.wake()

    async def _listen(self) -> None:
        wait = 0.2
        while True:
            try:
                async for _ in self._site.engine.events():
                    wait = 0.2
                    self.wake()
            except EngineUnavailable as error:
                logger.warning("the engine does not tell what happens: %s", error)
            await asyncio.sleep(wait)
            wait = min(_MOST_BACKOFF, wait * 2)
            self.wake()

    async def look(self) -> Difference:
        """Compare both sides once and mend what differs; returns what was found."""
        site = self._site
        await self._heed()
        # First what Kabinet says: a container made meanwhile is newer than this answer, and
        # one that is in the second list only is not yet a stray.
        pods = await site.store.pods(site.backend)
        approvals = await site.store.approvals()
        containers = await site.engine.containers()
        present = {container.id for container in containers}
        self._known = (self._known & present) | {pod.local_id for pod in pods}
        ended = revoked(approvals)
        found = difference(
            containers,
            pods,
            engine=site.settings.engine,
            revoked=ended,
            denials=self._denials,
        )
        for withdrawn in found.withdrawn:
            await self._withdraw(withdrawn)
        for gone in found.gone:
            await site.store.update_pod(gone.pod.local_id, PodStatus.STOPPED)
        await self._strays(found.strays)
        await self._identify(pods, containers)
        # Ends come last: they have to wait while a part of the platform is away.
        for report in sorted(found.reports, key=_is_failure):
            try:
                if not await self._comeback.bring(report, ended):
                    await self._report(report)
            except StoreRefused as error:
                # One that is not believed keeps no other from being told.
                logger.warning("%s: %s", report.container.name, error)
        return found

    async def _identify(self, pods: list[Pod], containers: list[Container]) -> None:
        """Tell Kabinet which client a container logged in as, so that the two can be joined."""
        nameless = {
            pod.local_id for pod in pods if pod.client is None and pod.status is PodStatus.RUNNING
        }
        for container in containers:
            belonging = from_labels(container.labels)
            if container.id not in nameless or belonging is None or not belonging.mandate:
                continue
            client = await self._site.store.client_of(belonging.mandate)
            if client is not None:
                await self._record(container, belonging, client)

    async def _withdraw(self, withdrawn: Withdrawn) -> None:
        logger.info("its approval was revoked: stopping %s", withdrawn.container.name)
        await self._site.engine.stop(withdrawn.container.id)
        if withdrawn.pod is not None:
            await keep_log(self._site, withdrawn.container, withdrawn.pod.id)
            await self._site.store.update_pod(withdrawn.container.id, PodStatus.STOPPED)

    async def _report(self, report: Report) -> None:
        site = self._site
        if _is_failure(report):
            # What fails while Rekuest or fakts is away fails because of it, and comes back later.
            await site.store.reach_all()
        if report.status in (PodStatus.FAILED, PodStatus.STOPPED):
            why = reason_of(report.container) if report.status is PodStatus.FAILED else ""
            await keep_log(site, report.container, report.pod.id, reason=why)
        await site.store.update_pod(report.container.id, report.status)

    async def _strays(self, strays: tuple[Stray, ...]) -> None:
        present = {stray.container.id for stray in strays}
        self._denials = {key: n for key, n in self._denials.items() if key in present}
        for stray in strays:
            if stray.is_unwanted:
                logger.info("Kabinet does not know it any more: stopping %s", stray.container.name)
                await self._site.engine.stop(stray.container.id)
                continue
            if not await self._adopt(stray):
                self._denials[stray.container.id] = self._denials.get(stray.container.id, 0) + 1

    async def _adopt(self, stray: Stray) -> bool:
        """Tell Kabinet of a container it does not know; False if it does not want it."""
        if stray.container.id in self._known:
            return False
        try:
            client = stray.belonging.client or None
            await self._record(stray.container, stray.belonging, client)
            logger.info("adopted %s", stray.container.name)
        except StoreRefused:
            return False
        self.wake()
        return True

    async def _record(self, container: Container, belonging: Belonging, client: str | None) -> None:
        await self._site.store.create_pod(
            deployment=belonging.deployment,
            local_id=container.id,
            resource=self._site.resource.id,
            client_id=client,
        )


def _is_failure(report: Report) -> bool:
    return report.status is PodStatus.FAILED
