"""Starting a flavour: approval, image, key, records, container, and a clean way back from each.

What runs is never doubled: a deployment has one container, by its name, and a wish that is
repeated finds it. What fails leaves nothing behind but a pod that says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deployers.core.approving import approval_for
from deployers.core.cards import cards_for, lost_race
from deployers.core.errors import (
    DeployerError,
    EngineUnavailable,
    NoCardFree,
    NoSuchContainer,
    StartFailed,
    StoreRefused,
    StoreUnavailable,
)
from deployers.core.labels import Belonging, from_labels
from deployers.core.masking import shown_log
from deployers.core.model import (
    Approval,
    Container,
    Flavour,
    Gpu,
    Image,
    Key,
    Machine,
    Release,
    Resource,
    State,
)
from deployers.core.placing import best_flavour
from deployers.core.ports import Engine, Progress, Store
from deployers.core.settings import Door, Settings
from deployers.core.specifying import specify
from deployers.core.status import reason_of, status_of
from kabinet_server.domain.facts import Facts
from kabinet_server.domain.kinds import PodStatus

_LOOK_SECONDS = 0.2
_LAST_LINES = 1000
_SHOWN_LINES = 5
_PULLED, _RECORDED, _CREATED, _DONE = 80, 85, 90, 100


@dataclass
class Site:
    """Where a deployer works: its engine, its platform, and what they were told of each other."""

    engine: Engine
    store: Store
    settings: Settings
    door: Door
    network: str
    machine: Machine
    backend: str
    resource: Resource
    #: One wish about a flavour at a time.
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    #: How many need a flavour for a while, and the containers that nobody wanted to stay.
    loans: Counter[str] = field(default_factory=Counter)
    passing: set[str] = field(default_factory=set)

    @property
    def facts(self) -> Facts:
        """What the machine can do."""
        return Facts(dict(self.resource.qualifiers))

    @contextlib.asynccontextmanager
    async def in_hand(self, *flavours: str) -> AsyncIterator[None]:
        """Have several flavours for oneself; always in the same order, or two would block."""
        async with contextlib.AsyncExitStack() as held:
            for flavour in sorted({*flavours}):
                await held.enter_async_context(self.locks[flavour])
            yield

    async def ours(self) -> list[tuple[Container, Belonging]]:
        """Return the containers of this deployer."""
        found = []
        for container in await self.engine.containers():
            belonging = from_labels(container.labels)
            if belonging is not None and belonging.engine == self.settings.engine:
                found.append((container, belonging))
        return found


@dataclass(frozen=True)
class Made:
    """What a deployment ended in."""

    pod: str
    container: Container
    #: It ran already; nothing was done.
    was_there: bool = False


async def deploy_release(site: Site, release: Release, progress: Progress) -> Made:
    """Start the flavour of a release that fits this machine best."""
    return await deploy_flavour(site, best_flavour(release.flavours, site.facts), progress)


async def deploy_flavour(
    site: Site, flavour: Flavour, progress: Progress, *, to_stay: bool = True
) -> Made:
    """Start one flavour, if it fits; the container that runs it already is the answer then.

    One that is not to stay is started for a while only; see `lending`.
    """
    best_flavour([flavour], site.facts)
    async with site.locks[flavour.id]:
        running = await _running(site, flavour)
        if running is not None:
            if to_stay:
                site.passing.discard(running.container.id)
            progress(_DONE, "it runs already")
            return running
        release = Release(flavour.release, flavour.identifier, flavour.version, (flavour,))
        approval = approval_for(
            release,
            await site.store.approvals(),
            agent=site.settings.agent,
            backend=site.backend,
        )
        image = await fetch(site, flavour, progress)
        made = await prepare(site, flavour, approval, image, progress)
        await launch(site, made, progress)
        if not to_stay:
            site.passing.add(made.container.id)
        progress(_DONE, "running")
        return made


async def _running(site: Site, flavour: Flavour) -> Made | None:
    for container, belonging in await site.ours():
        if belonging.flavour != flavour.id or container.state is not State.RUNNING:
            continue
        for pod in await site.store.pods(site.backend):
            if pod.local_id == container.id:
                return Made(pod.id, container, was_there=True)
    return None


async def fetch(site: Site, flavour: Flavour, progress: Progress) -> Image:
    """Have the image on the engine; one named by digest cannot change, so it is had once."""
    if "@sha256:" in flavour.image:
        present = await site.engine.image(flavour.image)
        if present is not None:
            progress(_PULLED, "the image is there already")
            return present

    def share(percentage: int, text: str) -> None:
        progress(percentage * _PULLED // 100, text)

    return await site.engine.pull(flavour.image, share)


async def prepare(
    site: Site,
    flavour: Flavour,
    approval: Approval,
    image: Image,
    progress: Progress,
    *,
    replaces: str | None = None,
) -> Made:
    """Make the records and the container, unstarted; on failure none of it stays."""
    progress(_PULLED, "asking for a key")
    key = await site.store.issue_key(approval, f"{flavour.identifier} {flavour.version}")
    container: Container | None = None
    try:
        deployment = await site.store.create_deployment(
            local_id=f"{flavour.identifier}/{flavour.name}",
            flavour=flavour.id,
            approval=approval.id,
            pulled_at=datetime.now(UTC),
            replaces=replaces,
        )
        progress(_RECORDED, "making the container")
        container = await _create(site, flavour, approval, image, key, deployment)
        pod = await site.store.create_pod(
            deployment=deployment,
            local_id=container.id,
            resource=site.resource.id,
            client_id=key.client_id,
        )
    except BaseException:
        # Shielded: a cancelled wish must not leave a container or a live key behind.
        await asyncio.shield(_undo(site, key, container))
        raise
    progress(_CREATED, "starting")
    return Made(pod, container)


async def _undo(site: Site, key: Key, container: Container | None) -> None:
    if container is not None:
        with contextlib.suppress(DeployerError):
            await site.engine.remove(container.id)
    with contextlib.suppress(DeployerError):
        await site.store.revoke_key(key.mandate)


async def _create(
    site: Site, flavour: Flavour, approval: Approval, image: Image, key: Key, deployment: str
) -> Container:
    # What is left of an earlier attempt has the name, and perhaps a card.
    for container in await site.engine.containers():
        belonging = from_labels(container.labels)
        if (
            belonging is not None
            and belonging.engine == site.settings.engine
            and belonging.deployment == deployment
        ):
            await discard(site, container)
    others = await site.engine.containers()
    cards = cards_for(flavour.selectors, site.machine.gpus, site.facts, others)
    belonging = Belonging(
        engine=site.settings.engine,
        backend=site.backend,
        deployment=deployment,
        flavour=flavour.id,
        approval=approval.id,
        mandate=key.mandate,
        resource=site.resource.id,
        client=key.client_id or "",
        gpus=tuple(card.id for card in cards),
    )
    made = await site.engine.create(
        specify(
            flavour=flavour,
            image=image,
            belonging=belonging,
            key=key,
            door=site.door,
            network=site.network,
            cards=cards,
            settings=site.settings,
            values=await site.store.values_of(deployment),
        )
    )
    if cards:
        await _keep_cards(site, made, cards)
    return made


async def _keep_cards(site: Site, made: Container, cards: Sequence[Gpu]) -> None:
    if lost_race(made, await site.engine.containers(), cards, site.facts):
        await site.engine.remove(made.id)
        names = ", ".join(card.id for card in cards)
        raise NoCardFree(f"Another app took {names} at the same moment. Try again.")


async def keep_log(site: Site, container: Container, pod: str, *, reason: str = "") -> None:
    """Keep what a container wrote last, with why it ended; that cannot be is no hindrance."""
    with contextlib.suppress(DeployerError):
        logs = await shown_log(site.engine, site.store, container, _LAST_LINES)
        text = f"{logs.rstrip()}\n{reason}".strip()
        if text:
            await site.store.dump_logs(pod, f"{text}\n")


async def discard(site: Site, container: Container) -> None:
    """Remove a container together with its key and its pod; what it wrote last is kept."""
    belonging = from_labels(container.labels)
    pods = [pod for pod in await site.store.pods(site.backend) if pod.local_id == container.id]
    for pod in pods:
        # What has ended was kept when it did.
        if pod.status not in (PodStatus.STOPPED, PodStatus.FAILED):
            await keep_log(site, container, pod.id)
    await site.engine.remove(container.id)
    for pod in pods:
        await site.store.delete_pod(pod.id)
    if belonging is not None and belonging.mandate:
        # One that was withdrawn with its approval is somebody else's to end.
        with contextlib.suppress(StoreRefused):
            await site.store.revoke_key(belonging.mandate)


async def launch(site: Site, made: Made, progress: Progress) -> None:
    """Start a container and wait until it stands; raises StartFailed with its last words."""
    try:
        await site.engine.start(made.container.id)
        found = await _standing(site, made, progress)
    except StartFailed as error:
        await report_failure(site, made, str(error))
        raise
    except (EngineUnavailable, NoSuchContainer) as error:
        await _try_report(site, made.container.id, PodStatus.FAILED)
        raise StartFailed(f"The container was lost while it started: {error}") from error
    await _try_report(site, found.id, status_of(found))


async def _standing(site: Site, made: Made, progress: Progress) -> Container:
    """Wait until a container stands: its health check passes, or its app has logged in.

    Most faults of an app show before its login. One that takes long to log in is believed after a
    while: it runs, and the watcher sees its end.
    """
    began = time.monotonic()
    belonging = from_labels(made.container.labels)
    mandate = belonging.mandate if belonging is not None else ""
    while True:
        found = await site.engine.container(made.container.id)
        waited = time.monotonic() - began
        if found.state is State.RUNNING and found.health in ("", "healthy"):
            is_patient = waited >= site.settings.settle_seconds
            if found.health or is_patient or await _has_logged_in(site, mandate):
                return found
        elif found.state not in (State.RUNNING, State.CREATED):
            raise StartFailed(f"The app did not come up: {reason_of(found)}.")
        if waited > site.settings.start_seconds:
            raise StartFailed(
                f"The app was not healthy within {site.settings.start_seconds:g} seconds."
            )
        share = min(1.0, waited / max(site.settings.settle_seconds, _LOOK_SECONDS))
        progress(_CREATED + int(9 * share), "waiting for the app to log in")
        await asyncio.sleep(_LOOK_SECONDS)


async def _has_logged_in(site: Site, mandate: str) -> bool:
    with contextlib.suppress(DeployerError):
        return bool(mandate) and await site.store.has_logged_in(mandate)
    return False


async def report_failure(site: Site, made: Made, reason: str) -> None:
    """Keep the last words of a container that failed, end it, and say so."""
    await keep_log(site, made.container, made.pod, reason=reason)
    # One that never becomes healthy still runs, and would be restarted for ever.
    with contextlib.suppress(DeployerError):
        await site.engine.stop(made.container.id)
    await _try_report(site, made.container.id, PodStatus.FAILED)


async def _try_report(site: Site, container_id: str, status: PodStatus) -> None:
    # The next look at everything repeats it.
    with contextlib.suppress(StoreUnavailable):
        await site.store.update_pod(container_id, status)


async def last_words(site: Site, container_id: str) -> str:
    """Return the last lines of a container, for a message."""
    try:
        container = await site.engine.container(container_id)
        logs = await shown_log(site.engine, site.store, container, _SHOWN_LINES)
    except DeployerError:
        return ""
    return logs.strip()
