"""Real zarr arrays in the in-memory object store, written by the zarr library as clients do."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr

from chassis.objectstore.memory import MemoryStore


def objects_of(values: np.ndarray, **options: Any) -> dict[str, bytes]:
    """The objects of one array below its prefix; options go to zarr."""
    memory: dict[str, Any] = {}
    store = zarr.storage.MemoryStore(memory)
    given = {"chunks": values.shape, "fill_value": 0, **options}
    array = zarr.create_array(store, shape=values.shape, dtype=values.dtype, **given)
    if values.size:
        array[...] = values
    return {key: buffer.to_bytes() for key, buffer in memory.items()}


async def upload(lab: Any, values: np.ndarray, **options: Any) -> str:
    """Upload and confirm an array; return the id of its store."""
    grant = await lab.get("RequestZarrUpload", input={})
    objects: MemoryStore = lab.objects
    for name, data in objects_of(values, **options).items():
        await objects.put(grant["bucket"], f"{grant['key']}/{name}", data)
    await lab.get("FinishZarrUpload", input={"storeId": grant["store"], "valid": True})
    return str(grant["store"])


async def dataset(lab: Any, *levels: np.ndarray, axes: list[Any], **options: Any) -> Any:
    """An array dataset with these levels, the finest first."""
    stores = [await upload(lab, level, **options) for level in levels]
    scales = [{"level": number, "array": store} for number, store in enumerate(stores[1:], 1)]
    given = {"data": stores[0], "scales": scales, "name": "picture", "axes": axes}
    return await lab.get("CreateArrayDataset", input=given)
