"""Starting apps again that ended because their platform was away.

An app of the released client ends when its platform refuses it once, and the engine gives up after
a few tries. Which apps are *wanted* only Kabinet knows: what was last told of them. So one that was
told to run is started again once the platform is back; one that was stopped, or that had failed
before, stays as it is. Once for each absence: what fails again fails for reasons of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from deployers.core.adoption import Report
from deployers.core.deploying import Site
from deployers.core.errors import NoCardFree, NoSuchContainer, StartFailed
from deployers.core.labels import from_labels
from deployers.core.managing import check_cards
from deployers.core.model import Container, State
from kabinet_server.domain.kinds import PodStatus

logger = logging.getLogger(__name__)

_WANTED = frozenset({PodStatus.PENDING, PodStatus.RUNNING})


class Comeback:
    """Remembers that the platform was away, and who was started again since."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._is_due = False
        self._started: set[str] = set()

    def left(self) -> None:
        """Nobody can look: what ends from now on may end because of it."""
        self._is_due = True
        self._started.clear()

    def settled(self) -> None:
        """All was looked at: what ends from now on ends by itself."""
        self._is_due = False

    async def bring(self, report: Report, revoked: Collection[str]) -> bool:
        """Start a container again if it is wanted and ended during the absence."""
        container = report.container
        if not self._is_due or container.id in self._started or not _may_be_due_to_it(container):
            return False
        if not await self._is_wanted(report, revoked):
            return False
        self._started.add(container.id)
        logger.info("it ended while the platform was away: starting %s again", container.name)
        try:
            await check_cards(self._site, container)
            await self._site.engine.start(container.id)
        except (NoCardFree, NoSuchContainer, StartFailed) as error:
            logger.warning("%s stays ended: %s", container.name, error)
            return False
        return True

    async def _is_wanted(self, report: Report, revoked: Collection[str]) -> bool:
        belonging = from_labels(report.container.labels)
        if belonging is None or belonging.approval in revoked:
            return False
        # Whoever has it in hand right now decides what becomes of it.
        if self._site.locks[belonging.flavour].locked():
            return False
        last = report.pod.status
        if last is PodStatus.UNKOWN:
            # Kabinet does not believe it any more, for nobody spoke to it; it has not forgotten.
            last = await self._site.store.last_told(report.pod.id)
        return last in _WANTED


def _may_be_due_to_it(container: Container) -> bool:
    """Tell whether a container ended otherwise than of its own will or for want of memory.

    A signal counts: an engine that is restarted sends one, and a person who stops an app in the
    store has told Kabinet first.
    """
    has_ended = container.state in (State.EXITED, State.DEAD)
    return has_ended and container.exit_code != 0 and not container.out_of_memory
