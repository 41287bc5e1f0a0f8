"""`deploy` of an image that is there already, held against a bare `docker run` of it.

Both end when the container runs. The deployer works on a real engine with the twin of Kabinet;
what the platform adds is measured by other benches and would only make this figure noisier.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from figures import figure

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / part) for part in ("engine", "deployers")]

from base_image import base_image  # noqa: E402
from daemon import CACHE, Engine, engine  # noqa: E402
from registry import registry  # noqa: E402
from samples import SETTINGS, SMALL, flavour, release  # noqa: E402
from store_twin import MemoryStore  # noqa: E402

from deployers.core.deploying import Site, deploy_release  # noqa: E402
from deployers.core.hardware import qualifiers  # noqa: E402
from deployers.core.managing import remove  # noqa: E402
from deployers.core.model import Resource  # noqa: E402
from deployers.core.settings import Door  # noqa: E402
from deployers.docker.engine import DockerEngine  # noqa: E402

_ROUNDS = 5
_MOST_SECONDS = 1.5
_NAME = "bauhof-bench"
#: The client's own command takes seconds to import; here an idle one stands in for it.
_IDLE = """\
FROM {base}
RUN printf '#!/bin/sh\\nexec sleep 600\\n' >/usr/local/bin/arkitekt
"""


def bare(found: Engine, image: str) -> float:
    """Seconds of `docker run -d` of an idle container."""
    began = time.perf_counter()
    made = found.docker("run", "-d", image, "sleep", "600")
    took = time.perf_counter() - began
    found.docker("rm", "-f", made)
    return took


async def deploys(found: Engine, image: str) -> list[float]:
    """Seconds of a `deploy` of the same, up to the container's start."""
    adapter = DockerEngine({"DOCKER_HOST": found.host})
    await adapter.ensure_network(_NAME, {})
    machine = await adapter.probe()
    settings = replace(SETTINGS, engine=_NAME, limits=SMALL, start_seconds=30)
    resource = Resource("1", tuple(qualifiers(machine)))
    door = Door("http://bauhof.internal:8000")
    store = MemoryStore()
    site = Site(adapter, store, settings, door, _NAME, machine, "1", resource)
    took = []
    for number in range(_ROUNDS):
        one = flavour(f"r{number}", image=image)
        wanted = release(f"r{number}", one)
        store.add(wanted)
        began = time.perf_counter()
        made = await deploy_release(site, wanted, lambda *_: None)
        took.append(time.perf_counter() - began)
        await remove(site, store.rows[made.container.id])
    await adapter.remove_network(_NAME)
    await adapter.close()
    return took


def measured() -> tuple[list[float], list[float]]:
    """Seconds of each bare run and of each deploy."""
    with engine() as found, tempfile.TemporaryDirectory() as work:
        base = base_image(found)
        with registry(CACHE / "registry", Path(work)) as at:
            name = f"{at}/{_NAME}/idle:1"
            found.docker("build", "-q", "-t", name, "-", stdin=_IDLE.format(base=base).encode())
            found.docker("push", "-q", name)
            pinned = found.docker("inspect", "-f", "{{index .RepoDigests 0}}", name)
            plain = [bare(found, pinned) for _ in range(_ROUNDS)]
            whole = asyncio.run(deploys(found, pinned))
            found.docker("rmi", "-f", name)
    return plain, whole


def main() -> bool:
    """Measure."""
    plain, whole = measured()
    usual = statistics.median(plain)
    against = f"docker run -d, median of {_ROUNDS}: {usual:.2f} s"
    more = statistics.median(whole) - usual
    return figure("deploy", "more_than_docker_run", more, "s", most=_MOST_SECONDS, against=against)
