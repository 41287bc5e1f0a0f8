"""Stores one of each kind with the released client, reads it back and tells whether it is equal.

ONLY names the checks, separated by commas (all without it); BIG is the size of the large file in
bytes. Each check ends in one line: {"what": "check", "name", "ok", "told"}.
"""

import asyncio
import hashlib
import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr
from arkitekt import App, connect
from koil.bridge import run_threaded
from mikro.api.schema import AnnotationKind, ColumnInput, ScaleInput
from mikro.arkitekt import mikro as mikro_service
from mikro.io.upload import astore_media_file
from mikro.mikro import Mikro
from mikro.scalars import ImageFileLike

app = App("org.example.imaging-story", "1.0.0", services=[mikro_service])
logging.getLogger("rath.links.graphql_ws").setLevel(logging.ERROR)
noise = np.random.default_rng(11)


def tell(**message: Any) -> None:
    """Write one line for the test."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


async def equal(dataset: Any, levels: list[np.ndarray]) -> bool:
    """Whether each level reads back as it was."""
    read = await run_threaded(lambda: [np.asarray(one) for one in dataset.multi_scale_data()])
    return len(read) == len(levels) and all(
        np.array_equal(found, expected) and found.dtype == expected.dtype
        for found, expected in zip(read, levels, strict=True)
    )


async def plane(mikro: Mikro) -> Any:
    """A picture of two axes."""
    values = noise.integers(0, 60000, (300, 500), dtype="uint16")
    made = await mikro.acreate_array_dataset(
        data=xr.DataArray(values, dims=["y", "x"]), scales=[], name="plane", axes=["y", "x"]
    )
    read = await mikro.aget_array_dataset(made.id)
    return await equal(read, [values]), {"shape": list(read.shape)}


async def pyramid(mikro: Mikro) -> Any:
    """Five axes in three resolutions, sharded by the client."""
    dims = ["t", "c", "z", "y", "x"]
    values = noise.integers(0, 60000, (2, 2, 20, 100, 150), dtype="uint16")
    levels = [values, values[..., ::2, ::2], values[..., ::4, ::4]]
    made = await mikro.acreate_array_dataset(
        data=xr.DataArray(values, dims=dims),
        scales=[
            ScaleInput(level=number, array=xr.DataArray(level, dims=dims))
            for number, level in enumerate(levels[1:], 1)
        ],
        name="pyramid",
        axes=dims,
    )
    read = await mikro.aget_array_dataset(made.id)
    shapes = [list(level.shape) for level in read.data_arrays]
    one = await run_threaded(lambda: np.asarray(read.data[1, 0, 7]))
    same = await equal(read, levels) and np.array_equal(one, values[1, 0, 7])
    return same, {"shapes": shapes}


async def streamed(mikro: Mikro) -> Any:
    """A dask array, written block by block."""
    values = noise.random((600, 700), dtype="float32")
    lazy = da.from_array(values, chunks=(256, 256))
    made = await mikro.acreate_array_dataset(
        data=xr.DataArray(lazy, dims=["y", "x"]), scales=[], name="dask", axes=["y", "x"]
    )
    return await equal(await mikro.aget_array_dataset(made.id), [values]), {}


async def zeros(mikro: Mikro) -> Any:
    """Nothing but zeros: the client deletes the chunks instead of writing them."""
    values = np.zeros((300, 300), "uint8")
    made = await mikro.acreate_array_dataset(
        data=xr.DataArray(values, dims=["y", "x"]), scales=[], name="zeros", axes=["y", "x"]
    )
    return await equal(await mikro.aget_array_dataset(made.id), [values]), {}


def written(folder: Path, size: int) -> tuple[Path, str]:
    """A file of this size, and its digest."""
    path, digest = folder / f"{size}.bin", hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, 1 << 22):
            block = noise.bytes(min(1 << 22, size - start))
            digest.update(block)
            file.write(block)
    return path, digest.hexdigest()


async def files(mikro: Mikro) -> Any:
    """A tiny and a large file; the large one goes up in parts and is read from its middle."""
    sizes = [1000, int(os.environ.get("BIG", "20000000"))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        same = []
        for size in sizes:
            path, digest = written(folder, size)
            tell(what="writing", size=size)
            made = await mikro.afrom_file_like(file=str(path), file_name=path.name)
            read = await mikro.aget_file(made.id)
            target = str(folder / "read")
            await run_threaded(lambda read=read, target=target: read.download(target))
            same.append(hashlib.sha256(Path(target).read_bytes()).hexdigest() == digest)

            def middle(read: Any = read, at: int = size // 2) -> bytes:
                with read.open() as handle:
                    handle.seek(at)
                    return bytes(handle.read(100))

            expected = path.read_bytes()[size // 2 : size // 2 + 100]
            same.append(await run_threaded(middle) == expected)
    return all(same), {"same": same, "sizes": sizes}


async def tables(mikro: Mikro) -> Any:
    """Parquet from a dict, a DataFrame, an arrow table and a path."""
    data = {"x": [1.0, 2.0, 3.5], "label": ["a", "b", "c"], "count": [1, 2, 3]}
    columns = [
        ColumnInput(name="x", dtype="DOUBLE", identified_by=[]),
        ColumnInput(name="label", identified_by=[]),
        ColumnInput(name="count", dtype="BIGINT", identified_by=[]),
    ]
    same = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "table.parquet"
        pq.write_table(pa.table(data), path)
        sources: list[Any] = [data, pd.DataFrame(data), pa.table(data), path]
        for number, source in enumerate(sources):
            made = await mikro.acreate_table_dataset(
                name=f"table {number}", data=source, columns=columns
            )
            read = await mikro.aget_table_dataset(made.id)
            table = await run_threaded(lambda read=read: read.store.parquet_dataset.read_pandas())
            same.append(table.to_pydict() == data)
    return all(same), {"same": same}


async def media(mikro: Mikro) -> Any:
    """A picture in the media store, by the client's own upload."""
    grant = await mikro.arequest_media_upload(original_file_name="snapshot.png")
    picture = ImageFileLike(noise.bytes(5000))
    await astore_media_file(picture, grant, mikro.datalayer)
    finished = await mikro.afinish_media_upload(store_id=grant.store, valid=True)
    return finished.key == grant.key, {"key": finished.key}


async def annotations(mikro: Mikro) -> Any:
    """Shapes in a collection, changed and deleted, and a measurement of one."""
    rois = await mikro.acreate_annotation_collection(name="rois", axes=["y", "x"])
    box = await mikro.acreate_annotation(
        kind=AnnotationKind.RECTANGLE, vectors=[[1, 2], [5, 8]], collection=rois.id, name="box"
    )
    more = await mikro.acreate_annotation(
        kind=AnnotationKind.POINT, vectors=[[3, 3]], collection=rois.id
    )
    changed = await mikro.aupdate_annotation(box.id, name="better box")
    metric = await mikro.acreate_metric(target=changed, key="area", magnitude=24.0, unit="um^2")
    await mikro.adelete_annotation(more.id)
    found = await mikro.asearch_annotations(search="better")
    same = [one.label for one in found] == ["better box"] and metric.magnitude == 24.0
    return same, {"found": [one.label for one in found]}


async def watching(mikro: Mikro) -> Any:
    """The subscription to files tells of a file that comes."""
    folder = await mikro.acreate_folder(name="watched")
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def watch() -> None:
        async for event in mikro.awatch_files(folder=folder.id):
            if event.create is not None:
                seen.put_nowait(event.create.name)

    task = asyncio.create_task(watch())
    try:
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            file.write(b"text")
            file.flush()
            # Nothing says when the subscription has begun, so files are made until one is seen.
            for number in range(20):
                await mikro.afrom_file_like(
                    file=file.name, file_name=f"seen {number}.txt", folder=folder.id
                )
                try:
                    name = await asyncio.wait_for(seen.get(), 2)
                except TimeoutError:
                    continue
                return name.startswith("seen "), {"name": name}
    finally:
        task.cancel()
    return False, {}


CHECKS: dict[str, Callable[[Mikro], Any]] = {
    one.__name__: one
    for one in (plane, pyramid, streamed, zeros, files, tables, media, annotations, watching)
}


async def main() -> None:
    """Run the checks one after the other."""
    names = [one for one in os.environ.get("ONLY", "").split(",") if one] or list(CHECKS)
    async with connect(app, headless=True, mesh=None) as runtime:
        mikro = runtime.require(Mikro)
        for name in names:
            try:
                ok, told = await CHECKS[name](mikro)
            except Exception as error:  # noqa: BLE001 - the test judges it
                traceback.print_exc()
                cause = f" ({error.__cause__})" if error.__cause__ else ""
                ok, told = False, {"error": f"{type(error).__name__}: {error}{cause}"[:1000]}
            tell(what="check", name=name, ok=bool(ok), told=told)


if __name__ == "__main__":
    asyncio.run(main())
