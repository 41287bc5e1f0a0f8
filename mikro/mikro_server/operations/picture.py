"""Pictures of arrays, made where the data is: thumbnails, and any region of any level."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.config import current
from chassis.errors import InvalidInput, NotFound
from chassis.identity import Principal
from chassis.objectstore.errors import ObjectNotFound
from mikro_server.adapters.objects import object_store
from mikro_server.adapters.pixels import read_region
from mikro_server.config import MikroConfig
from mikro_server.domain import region as regions
from mikro_server.domain import rendering
from mikro_server.domain.colour import MOST_CHANNELS, channel_maps
from mikro_server.domain.kinds import AxisType, ColorMap, StoreKind
from mikro_server.domain.region import Cut, Region
from mikro_server.domain.rendering import Contrast
from mikro_server.models import DataArray
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows

#: Raised when pictures are drawn otherwise, so that none of before is shown again.
_STYLE = "1"
_DEEP = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionWish:
    """A region as the caller asks for it."""

    level: int = 0
    slices: Sequence[str] = ()
    form: str = "png"
    contrast: Contrast = field(default_factory=Contrast)
    colormap: ColorMap = ColorMap.GREY
    longest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An answer, or its mark alone (`data` None) where the caller has it already."""

    mark: str
    content_type: str
    data: bytes | None
    shape: Sequence[int] = ()
    dtype: str = ""


@dataclass(frozen=True, slots=True)
class _Level:
    """One level, with what is known of its axes."""

    array: DataArray
    axes: list[str]
    types: list[AxisType]

    @property
    def dtype(self) -> str:
        return str(self.array.store.metadata["dtype"])

    async def read(self, region: Region) -> Any:
        store = self.array.store
        return await read_region(
            object_store(),
            bucket=store.bucket,
            key=store.key,
            codecs=store.metadata["codecs"],
            region=region,
        )


def _mark(level: _Level, *parts: object) -> str:
    text = repr((_STYLE, level.array.store.digest, *parts))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _levels(principal: Principal, dataset_id: object) -> list[_Level]:
    dataset = rows.row_get(rows.arrays_visible_to(principal), dataset_id)
    axes = list(dataset.intrinsic_system.axes.all())
    names, types = [axis.name for axis in axes], [AxisType(axis.type) for axis in axes]
    return [_Level(one, names, types) for one in dataset.data_arrays.select_related("store")]


async def region_read(
    *, principal: Principal, dataset_id: object, wish: RegionWish, known: Sequence[str] = ()
) -> Picture:
    """Return a region as a picture or as numbers; `known` are the marks the caller has."""
    levels = await in_thread(_levels, principal, dataset_id)
    level = next((one for one in levels if one.array.level == wish.level), None)
    if level is None:
        raise NotFound("The array has no such level.", field="level")
    shape, chunks = level.array.shape, level.array.chunk_shape
    region = regions.region_of(wish.slices, level.axes, level.types, shape)
    regions.check_cost(region, chunks, level.dtype, current(MikroConfig).pictures.read_bytes)
    if wish.form != "raw" and len(regions.shape_of(region)) != 2:
        raise InvalidInput("A picture shows two axes; give one position of others.", field="slice")
    mark = _mark(level, region, wish.form, wish.contrast, wish.colormap, wish.longest)
    kind = "application/octet-stream" if wish.form == "raw" else f"image/{wish.form}"
    data: bytes | None = None
    if mark not in known:
        data = await _in_worker(_drawn, await level.read(region), wish)
    return Picture(
        mark=mark,
        content_type=kind,
        data=data,
        shape=regions.shape_of(region),
        dtype=level.dtype,
    )


def _drawn(values: Any, wish: RegionWish) -> bytes:
    if wish.form == "raw":
        return rendering.raw(values)
    pixels = rendering.coloured(values, wish.contrast, wish.colormap)
    return rendering.encoded(pixels, wish.form, wish.longest)


async def _in_worker(function: Callable[..., bytes], *arguments: Any) -> bytes:
    return await asyncio.to_thread(function, *arguments)


async def thumbnail_read(
    *,
    principal: Principal,
    dataset_id: object,
    longest: int,
    form: str,
    colormap: ColorMap | None = None,
    known: Sequence[str] = (),
) -> Picture:
    """Return a small picture of the whole array; drawn once, then kept beside the data."""
    levels = await in_thread(_levels, principal, dataset_id)
    level = max(levels, key=lambda one: one.array.level)
    mark = _mark(level, longest, form, colormap)
    kind = f"image/{form}"
    if mark in known:
        return Picture(mark=mark, content_type=kind, data=None)
    bucket = current(MikroConfig).storage.bucket(StoreKind.MEDIA.value)
    key = f"{level.array.store.key}/thumbnail-{mark}"
    try:
        data = await object_store().get(bucket, key)
    except ObjectNotFound:
        planes = await _planes(level)
        data = await _in_worker(_small, planes, longest, form, colormap)
        await object_store().put(bucket, key, data, content_type=kind)
    return Picture(mark=mark, content_type=kind, data=data)


async def _planes(level: _Level) -> list[Any]:
    """Read what a thumbnail shows: each of the first channels, through the depth where it can."""
    shape, chunks = level.array.shape, level.array.chunk_shape
    if len(shape) < 2:
        raise InvalidInput("An array with fewer than two axes has no picture.", field="id")
    most = current(MikroConfig).pictures.read_bytes
    region = list(regions.default_region(level.types, shape))
    channel = _place(level.types[:-2], AxisType.CHANNEL)
    depth = _place(level.types[:-2], AxisType.SPACE)
    if depth is not None and shape[depth] <= _DEEP:
        deep = [*region[:depth], Cut(0, shape[depth]), *region[depth + 1 :]]
        if regions.cost(tuple(deep), chunks, level.dtype) <= most:
            region = deep
    count = 1 if channel is None else min(shape[channel], MOST_CHANNELS)
    planes = []
    for number in range(count):
        if channel is not None:
            region[channel] = Cut(number, number + 1, single=True)
        planes.append(
            await level.read(regions.affordable(tuple(region), chunks, level.dtype, most))
        )
    return planes


def _place(types: Sequence[AxisType], wanted: AxisType) -> int | None:
    return next((place for place, kind in enumerate(types) if kind is wanted), None)


def _small(planes: list[Any], longest: int, form: str, colormap: ColorMap | None) -> bytes:
    maps = channel_maps(len(planes))
    if colormap is not None and len(planes) == 1:
        maps = (colormap,)
    pictures = [
        rendering.coloured(
            rendering.shrunk(rendering.flattened(plane), longest), Contrast(), colours
        )
        for plane, colours in zip(planes, maps, strict=True)
    ]
    return rendering.encoded(rendering.blended(pictures), form, longest)
