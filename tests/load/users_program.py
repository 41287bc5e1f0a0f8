"""Runs in the clients' environment: somebody who stores images by the released client.

Writes an image of MIB mebibytes every SECONDS seconds (at once, when the one before took longer)
until its input ends; a line of JSON for each.
"""

import asyncio
import json
import os
import sys
import threading
import time

import numpy as np
import xarray as xr
from arkitekt import App, connect
from mikro.arkitekt import mikro as mikro_service
from mikro.mikro import Mikro

app = App("org.example.microscope", "1.0.0", services=[mikro_service])
DIMS = ["z", "y", "x"]
MIB = int(os.environ["MIB"])
SECONDS = float(os.environ["SECONDS"])


def image() -> xr.DataArray:
    """A picture with noise, as cameras give it: some of it can be compressed."""
    shape = (MIB, 512, 1024)
    noise = np.random.default_rng(5).integers(0, 4096, shape, dtype="uint16")
    return xr.DataArray(noise + np.linspace(0, 1000, 1024, dtype="uint16"), dims=DIMS)


async def main() -> None:
    """Write, and tell how long it took."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    data = image()
    async with connect(app, headless=True, mesh=None) as runtime:
        mikro = runtime.require(Mikro)
        while not ended.is_set():
            began = time.perf_counter()
            await mikro.acreate_array_dataset(data=data, scales=[], name="image", axes=DIMS)
            seconds = time.perf_counter() - began
            sys.stdout.write(json.dumps({"seconds": seconds, "bytes": data.nbytes}) + "\n")
            sys.stdout.flush()
            await asyncio.to_thread(ended.wait, max(0.0, SECONDS - seconds))


if __name__ == "__main__":
    asyncio.run(main())
