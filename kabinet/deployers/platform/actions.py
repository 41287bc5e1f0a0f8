"""The actions of a deployer, whatever runs its containers."""

# No postponed annotations: the client reads the types of ports when an action is registered.
import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta

from arkitekt import App, Task
from kabinet.api.schema import Definition, Flavour, Pod, Release
from kabinet.kabinet import Kabinet

from deployers.core import deploying, lending, managing, model
from deployers.core.errors import NothingFits
from deployers.core.masking import masked, secrets_of
from deployers.core.watching import Watcher
from deployers.platform.store import pod_of, read_flavour, read_release
from deployers.platform.telling import telling


class Yard:
    """What the actions of a running deployer share."""

    def __init__(self, site: deploying.Site, *, alive: Callable[[], None] | None = None) -> None:
        self.site = site
        self.watcher = Watcher(site, alive=alive)

    async def pod(self, pod: Pod) -> model.Pod:
        """Return a pod of this backend; one of another is not told from one that is not there."""
        return await pod_of(self.site.store, self.site.backend, str(pod.id))


async def deploy(release: Release, yard: Yard, kabinet: Kabinet, task: Task) -> Pod:
    """Start the build of a release that fits this machine best."""
    async with telling(task) as progress:
        made = await deploying.deploy_release(yard.site, read_release(release), progress)
    return await kabinet.aget_pod(made.pod)


async def deploy_flavour(flavour: Flavour, yard: Yard, kabinet: Kabinet, task: Task) -> Pod:
    """Start one certain build of a release."""
    async with telling(task) as progress:
        made = await deploying.deploy_flavour(yard.site, read_flavour(flavour), progress)
    return await kabinet.aget_pod(made.pod)


async def auto_install(definition: Definition, yard: Yard, kabinet: Kabinet, task: Task) -> Pod:
    """Start whatever brings this action: approved, fitting, and the best of these."""
    offered = await yard.site.store.offering(str(definition.id))
    if not offered:
        raise NothingFits("No app in the store brings this action.")
    flavour = await managing.install(yard.site, offered)
    async with telling(task) as progress:
        made = await deploying.deploy_flavour(yard.site, flavour, progress)
    return await kabinet.aget_pod(made.pod)


async def provide(
    definition: Definition, yard: Yard, kabinet: Kabinet, task: Task
) -> AsyncGenerator[Pod, None]:
    """Start whatever brings this action, give its pod once it answers, and stop it when cancelled.

    A workflow calls this first and cancels it last. What ran before goes on running after.
    """
    offered = await yard.site.store.offering(str(definition.id))
    if not offered:
        raise NothingFits("No app in the store brings this action.")
    flavour = await managing.install(yard.site, offered)
    async with telling(task) as progress, lending.lent(yard.site, flavour, progress) as made:
        yield await kabinet.aget_pod(made.pod)
        await asyncio.Event().wait()


async def cull_idle(
    yard: Yard, kabinet: Kabinet, minutes: float = 60.0, pods: list[Pod] | None = None
) -> list[Pod]:
    """Stop the containers whose apps have had nothing to do for this long; returns them.

    Only those of `pods`, if some are given. What is provided to somebody is left alone.
    """
    only = frozenset(str(pod.id) for pod in pods or ())
    after = timedelta(minutes=minutes)
    culled = await lending.cull_idle(yard.site, after, datetime.now(UTC), only)
    return [await kabinet.aget_pod(pod.id) for pod in culled]


async def update(pod: Pod, release: Release, yard: Yard, kabinet: Kabinet, task: Task) -> Pod:
    """Replace a container by another release of its app, newer or older; its data stays."""
    known = await yard.pod(pod)
    async with telling(task) as progress:
        made = await managing.update(yard.site, known, read_release(release), progress)
    return await kabinet.aget_pod(made.pod)


async def start(pod: Pod, yard: Yard, kabinet: Kabinet, task: Task) -> Pod:
    """Start a container that was stopped or failed."""
    async with telling(task) as progress:
        await managing.start(yard.site, await yard.pod(pod), progress)
    return await kabinet.aget_pod(pod.id)


async def stop(pod: Pod, yard: Yard, kabinet: Kabinet) -> Pod:
    """Stop a container; it can be started again."""
    await managing.stop(yard.site, await yard.pod(pod))
    return await kabinet.aget_pod(pod.id)


async def restart(pod: Pod, yard: Yard, kabinet: Kabinet, task: Task) -> Pod:
    """Stop a container and start it again."""
    async with telling(task) as progress:
        await managing.restart(yard.site, await yard.pod(pod), progress)
    return await kabinet.aget_pod(pod.id)


async def remove(pod: Pod, yard: Yard, with_data: bool = False) -> None:
    """Remove a container and its key; the data of the app only if asked to."""
    await managing.remove(yard.site, await yard.pod(pod), with_data=with_data)


async def follow_logs(pod: Pod, yard: Yard, lines: int = 100) -> AsyncGenerator[str, None]:
    """Yield what a container writes, line by line; nothing of it is stored."""
    container = await managing.own_container(yard.site, await yard.pod(pod))
    hidden = await secrets_of(yard.site.store, container)
    async for line in yard.site.engine.follow(container.id, max(0, min(lines, 10_000))):
        yield masked(line, hidden)


async def prune(yard: Yard) -> str:
    """Remove the images of apps that no container uses; returns what was freed."""
    count, size = await managing.prune(yard.site, await yard.site.store.flavours())
    return f"removed {count} images, {size / 1e6:.0f} MB"


#: In the order in which a page shows them.
ACTIONS = (
    deploy,
    deploy_flavour,
    auto_install,
    provide,
    update,
    start,
    stop,
    restart,
    remove,
    follow_logs,
    prune,
    cull_idle,
)


def offer(app: "App[None]") -> None:
    """Offer the actions on an app."""
    app.register_context(Yard)
    for action in ACTIONS:
        # Following a log must not keep others from being started.
        app.register_action(action, concurrency="parallel")
