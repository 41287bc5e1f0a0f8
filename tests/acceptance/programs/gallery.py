"""Stores what pages of the dashboard show: a volume of two channels, shapes drawn over it, a table.

Channel 0 grows brighter with each plane, channel 1 is one bright square. The end is one line:
{"what": "stored", "volume", "table"}.
"""

import asyncio
import json
import logging
import sys

import numpy as np
import pandas as pd
import xarray as xr
from arkitekt import App, connect
from mikro.api.schema import AnnotationKind, ColumnInput, DatasetDerivedFromInput, ScaleInput
from mikro.arkitekt import mikro as mikro_service
from mikro.mikro import Mikro

app = App("org.example.gallery", "1.0.0", services=[mikro_service])
logging.getLogger("rath.links.graphql_ws").setLevel(logging.ERROR)
DIMS = ["c", "z", "y", "x"]
DEPTH, HEIGHT, WIDTH = 8, 96, 128


def volume() -> np.ndarray:
    """Blobs that grow, and a square."""
    z, y, x = np.mgrid[:DEPTH, :HEIGHT, :WIDTH]
    values = np.zeros((2, DEPTH, HEIGHT, WIDTH), "uint16")
    for row, column in ((30, 30), (60, 90), (70, 40)):
        near = np.exp(-((y - row) ** 2 + (x - column) ** 2) / 120)
        values[0] += (near * (z + 1) * 4000).astype("uint16")
    values[1, :, 20:50, 70:110] = 9000
    return values


async def main() -> None:
    """Store all of it."""
    values = volume()
    async with connect(app, headless=True, mesh=None) as runtime:
        mikro = runtime.require(Mikro)
        array = await mikro.acreate_array_dataset(
            data=xr.DataArray(values, dims=DIMS),
            scales=[ScaleInput(level=1, array=xr.DataArray(values[..., ::2, ::2], dims=DIMS))],
            name="nuclei",
            axes=DIMS,
        )
        shapes = await mikro.acreate_annotation_collection(
            name="rois",
            axes=["y", "x"],
            derived_from=[DatasetDerivedFromInput(kind="DATASET", dataset=array.id)],
        )
        await mikro.acreate_annotation(
            kind=AnnotationKind.RECTANGLE,
            vectors=[[20, 20], [40, 40]],
            collection=shapes.id,
            name="one nucleus",
        )
        table = await mikro.acreate_table_dataset(
            name="areas",
            data=pd.DataFrame(
                {"label": [f"nucleus {n}" for n in range(200)], "area": np.arange(200) / 4}
            ),
            columns=[
                ColumnInput(name="label", identified_by=[]),
                ColumnInput(name="area", dtype="DOUBLE", identified_by=[]),
            ],
        )
        said = {"what": "stored", "volume": array.id, "table": table.id}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
