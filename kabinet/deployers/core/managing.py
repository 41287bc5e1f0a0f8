"""What can be done with a pod once it is there: stop, start, restart, remove, update, prune."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from deployers.core.adoption import ENDED
from deployers.core.approving import approval_for, revoked
from deployers.core.cards import lost_race
from deployers.core.deploying import Made, Site, discard, fetch, keep_log, launch, prepare
from deployers.core.errors import (
    DeployerError,
    NoCardFree,
    NoSuchContainer,
    NotApproved,
    StoreRefused,
)
from deployers.core.labels import from_labels
from deployers.core.model import Container, Flavour, Pod, Release, State
from deployers.core.placing import best_flavour
from deployers.core.ports import Progress
from deployers.core.specifying import volume_name
from deployers.core.status import status_of
from kabinet_server.domain.kinds import PodStatus


async def own_container(site: Site, pod: Pod) -> Container:
    """Return the container of a pod; raises NoSuchContainer for one of another deployer.

    Ids of pods come from whoever may call an action; that a container carries this deployer's
    label is what makes it ours, whatever Kabinet was made to believe.
    """
    container = await site.engine.container(pod.local_id)
    belonging = from_labels(container.labels)
    if belonging is None or belonging.engine != site.settings.engine:
        raise NoSuchContainer("This deployer has no such container.")
    return container


async def stop(site: Site, pod: Pod) -> None:
    """Ask a container to end; its data and its key stay."""
    container = await own_container(site, pod)
    if {pod.status, status_of(container)} <= ENDED:
        return
    # Kabinet takes no report of a shutdown from what had ended when it looked.
    if pod.status not in ENDED:
        await site.store.update_pod(container.id, PodStatus.STOPPING)
    await site.engine.stop(container.id)
    await keep_log(site, container, pod.id)
    await site.store.update_pod(container.id, PodStatus.STOPPED)


async def start(site: Site, pod: Pod, progress: Progress) -> None:
    """Start a container again that was stopped or failed."""
    async with site.locks[pod.flavour.id]:
        await _start(site, pod, progress)


async def _start(site: Site, pod: Pod, progress: Progress) -> None:
    container = await own_container(site, pod)
    if container.state is State.RUNNING:
        return
    belonging = from_labels(container.labels)
    if belonging is not None and belonging.approval in revoked(await site.store.approvals()):
        raise NotApproved("Its approval was revoked. Approve the release again, then deploy it.")
    await check_cards(site, container)
    await launch(site, Made(pod.id, container), progress)


async def check_cards(site: Site, container: Container) -> None:
    """Raise NoCardFree if another app has got the cards of one that does not run."""
    others = [one for one in await site.engine.containers() if one.state is not State.CREATED]
    # Whoever runs now has the cards, however old this container is.
    latest = max((one.created_at for one in others), default="")
    newest = Container(container.id, container.name, container.labels, State.CREATED, f"{latest}~")
    if lost_race(newest, others, site.machine.gpus, site.facts):
        raise NoCardFree("Its cards are in use by another app. Stop that one first.")


async def restart(site: Site, pod: Pod, progress: Progress) -> None:
    """Stop a container and start it again."""
    async with site.locks[pod.flavour.id]:
        container = await own_container(site, pod)
        await site.engine.stop(container.id)
        await _start(site, pod, progress)


async def remove(site: Site, pod: Pod, *, with_data: bool = False) -> None:
    """Remove a container, its key and its pod; the app's volumes only if asked to."""
    try:
        container = await own_container(site, pod)
    except NoSuchContainer:
        await site.store.delete_pod(pod.id)
        return
    await discard(site, container)
    if with_data:
        await _remove_data(site, pod.flavour)


async def _remove_data(site: Site, flavour: Flavour) -> None:
    image = await site.engine.image(flavour.image)
    paths = image.volumes if image is not None else ()
    names = [volume_name(site.settings.engine, flavour.identifier, path) for path in paths]
    await site.engine.remove_volumes(names)


async def update(site: Site, pod: Pod, release: Release, progress: Progress) -> Made:
    """Replace a container by one of another release of the same app, newer or older.

    The new image is there before the old container stops. If the new one does not come up the old
    one runs again, and the error says why. Volumes go by the app, so data stays.
    """
    if release.identifier != pod.flavour.identifier:
        raise StoreRefused(
            f"{release.identifier} is another app than {pod.flavour.identifier}; deploy it instead."
        )
    flavour = best_flavour(release.flavours, site.facts)
    if flavour.id == pod.flavour.id:
        raise StoreRefused(f"{flavour.identifier} {flavour.version} is what runs already.")
    async with site.in_hand(flavour.id, pod.flavour.id):
        old = await own_container(site, pod)
        approval = approval_for(
            release,
            await site.store.approvals(),
            agent=site.settings.agent,
            backend=site.backend,
        )
        image = await fetch(site, flavour, progress)
        was_running = old.state is State.RUNNING
        # Stopped first: the old one may hold the only card, and writes the same volumes.
        await site.engine.stop(old.id)
        made: Made | None = None
        try:
            made = await prepare(site, flavour, approval, image, progress, replaces=pod.deployment)
            await launch(site, made, progress)
        except BaseException:
            await asyncio.shield(_back(site, old, made, restart=was_running))
            raise
        await discard(site, old)
        progress(100, "running")
        return made


async def _back(site: Site, old: Container, made: Made | None, *, restart: bool) -> None:
    if made is not None:
        with contextlib.suppress(DeployerError):
            await site.engine.stop(made.container.id)
    if restart:
        with contextlib.suppress(DeployerError):
            await site.engine.start(old.id)
            await site.store.update_pod(old.id, PodStatus.RUNNING)


async def prune(site: Site, flavours: Sequence[Flavour]) -> tuple[int, int]:
    """Remove the images of these flavours that nothing uses; returns how many, and their bytes."""
    unused = await site.engine.images_unused([flavour.image for flavour in flavours])
    for image in unused:
        await site.engine.remove_image(image)
    return len(unused), sum(image.bytes for image in unused)


async def install(site: Site, flavours: Sequence[Flavour]) -> Flavour:
    """Choose what to start for an action: approved and fitting, the best of these.

    Raises NotApproved or NothingFits, whichever stands in the way.
    """
    approvals = await site.store.approvals()
    allowed: list[Flavour] = []
    refusal: NotApproved | None = None
    for flavour in flavours:
        release = Release(flavour.release, flavour.identifier, flavour.version, (flavour,))
        try:
            approval_for(release, approvals, agent=site.settings.agent, backend=site.backend)
        except NotApproved as error:
            refusal = refusal or error
        else:
            allowed.append(flavour)
    if not allowed and refusal is not None:
        best_flavour(flavours, site.facts)
        raise refusal
    return best_flavour(allowed, site.facts)
