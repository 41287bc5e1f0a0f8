"""The app: who it is, what it offers, and how it opens its site when it starts."""

# No postponed annotations: the client reads them when hooks are registered.
import asyncio
import os
import platform as machine

from arkitekt import App
from arkitekt.app.fakts import resolve_url
from arkitekt.device_id import get_or_set_device_id
from kabinet.arkitekt import kabinet as kabinet_service
from kabinet.kabinet import Kabinet
from rekuest.arkitekt import rekuest as rekuest_service
from rekuest.client.client import Rekuest

from deployers.core.deploying import Site
from deployers.core.hardware import qualifiers
from deployers.core.model import Resource
from deployers.docker import relay
from deployers.docker.config import AGENT, DockerConfig, read_config
from deployers.docker.door import NAME, Way, way_by_container, way_by_relay
from deployers.docker.engine import DockerEngine
from deployers.platform.actions import Yard, offer
from deployers.platform.authority import Authority
from deployers.platform.service import authority as authority_service
from deployers.platform.store import KabinetStore
from deployers.platform.tasks import Tasks

VERSION = "0.1.0"
_RELAY_SECONDS = 10.0

app: "App[None]" = App(
    AGENT,
    VERSION,
    description="Runs apps from the store as containers of a Docker engine",
    services=[kabinet_service, rekuest_service, authority_service],
)
offer(app)


@app.startup
async def open_yard(kabinet: Kabinet, rekuest: Rekuest, authority: Authority) -> Yard:
    """Find the engine, say what this machine can do, and have the network of its containers."""
    device = get_or_set_device_id() or machine.node()
    config = read_config(os.environ, device)
    engine = DockerEngine()
    store = KabinetStore(kabinet, authority, Tasks(rekuest), device)
    alive = config.alive
    return Yard(await open_site(config, engine, store), alive=alive.touch if alive else None)


@app.background
async def watch(yard: Yard) -> None:
    """Keep Kabinet and the engine of one mind."""
    await yard.watcher.run()


async def open_site(config: DockerConfig, engine: DockerEngine, store: KabinetStore) -> Site:
    """Declare the backend and its one resource, and have network and door ready."""
    settings = config.settings
    found = await engine.probe()
    facts = tuple({**dict(qualifiers(found)), **dict(config.qualifiers)}.items())
    backend = await store.declare_backend(settings.name, settings.kind)
    resource = await store.declare_resource(backend, settings.engine, machine.node(), facts)
    network = f"bauhof-{settings.engine[:8]}"
    way = await _open_way(config, engine, network)
    return Site(
        engine=engine,
        store=store,
        settings=settings,
        door=way.door,
        network=network,
        machine=found,
        backend=backend,
        resource=Resource(resource, facts),
    )


async def _open_way(config: DockerConfig, engine: DockerEngine, network: str) -> Way:
    url = resolve_url()
    labels = {"live.bauhof.engine": config.settings.engine}
    bridge = await engine.ensure_network(network, labels)
    if config.gateway:
        await engine.connect(network, config.gateway, NAME)
        return way_by_container(url)
    way = way_by_relay(url, bridge)
    if way.listen is not None:
        await asyncio.to_thread(relay.ensure, way.listen, way.target, config.state / "relay.log")
    return way
