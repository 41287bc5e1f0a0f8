"""Makes a small volume like a microscope's, keeps it in two resolutions, and reads a plane back.

FAKTS_URL and FAKTS_MANDATE_KEY say where it logs in and with what; without a key it shows a code
for a person to approve.
"""

import asyncio
import logging
import sys
import tempfile

import numpy as np
import xarray as xr
from arkitekt import App, connect
from koil.bridge import run_threaded
from mikro.api.schema import ScaleInput
from mikro.arkitekt import mikro as mikro_service
from mikro.mikro import Mikro

app = App("org.example.imaging", "0.1.0", services=[mikro_service])

# When it leaves, the client logs the end of its own websocket, and of requests it left half read,
# as if they were faults.
logging.getLogger("rath.links.graphql_ws").setLevel(logging.ERROR)
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def volume(depth: int = 20, side: int = 256) -> xr.DataArray:
    """Blobs on a noisy ground."""
    noise = np.random.default_rng(7)
    z, y, x = np.mgrid[:depth, :side, :side]
    found = noise.normal(100, 10, (depth, side, side))
    for _ in range(12):
        at = noise.uniform((0, 0, 0), (depth, side, side))
        far = (z - at[0]) ** 2 * 9 + (y - at[1]) ** 2 + (x - at[2]) ** 2
        found += 3000 * np.exp(-far / 300)
    return xr.DataArray(found.astype("uint16"), dims=["z", "y", "x"])


async def main() -> int:
    """Store, read back, compare."""
    cells = volume()
    async with connect(app, headless=True) as runtime:
        mikro = runtime.require(Mikro)
        made = await mikro.acreate_array_dataset(
            data=cells,
            scales=[ScaleInput(level=1, array=cells[:, ::2, ::2])],
            name="cells",
            axes=["z", "y", "x"],
        )
        print(f"stored {made.name!r} as {made.id}: shape {tuple(made.shape)}, 2 levels", flush=True)
        read = await mikro.aget_array_dataset(made.id)
        plane = await run_threaded(lambda: np.asarray(read.data[10]))
        print("plane 10 is equal:", np.array_equal(plane, cells.values[10]), flush=True)
        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            file.write(cells.values.tobytes())
            file.flush()
            kept = await mikro.afrom_file_like(file=file.name, file_name="cells.bin")
        print(f"kept the raw bytes as file {kept.id}", flush=True)
    return 0 if np.array_equal(plane, cells.values[10]) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
