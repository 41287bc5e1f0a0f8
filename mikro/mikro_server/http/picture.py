"""Pictures over HTTP: `arrays/<id>/thumbnail` and `arrays/<id>/region`, with an access token."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.config import current
from chassis.errors import InvalidInput, Unauthenticated
from chassis.graphql.app import bearer_token
from chassis.identity import Principal, get_verifier
from mikro_server.config import MikroConfig
from mikro_server.domain.kinds import ColorMap

_LONGEST_SIDE = 4096


class PictureForm(StrEnum):
    """What a picture is sent as."""

    PNG = "png"
    WEBP = "webp"


class RegionForm(StrEnum):
    """What a region is sent as."""

    PNG = "png"
    WEBP = "webp"
    RAW = "raw"


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ThumbnailQuery(_Query):
    """Parameters of a thumbnail."""

    size: int = Field(256, ge=16, le=1024)
    format: PictureForm = PictureForm.WEBP
    colormap: ColorMap | None = None


class RegionQuery(_Query):
    """Parameters of a region; `slice` may come several times."""

    level: int = Field(0, ge=0, le=1000)
    slice: Annotated[list[str], Field(max_length=64)] = []
    format: RegionForm = RegionForm.PNG
    colormap: ColorMap = ColorMap.GREY
    min: float | None = None
    max: float | None = None
    low: float = Field(1.0, ge=0, le=100)
    high: float = Field(99.8, ge=0, le=100)
    size: int | None = Field(None, ge=1, le=_LONGEST_SIDE)


Q = TypeVar("Q", bound=_Query)


class _Holder:
    """How many pictures are drawn at once; one gate per running service."""

    gate: asyncio.Semaphore | None = None


_held = _Holder()


@contextlib.asynccontextmanager
async def drawing_pictures() -> AsyncIterator[None]:
    """Open the gate while the service runs."""
    _held.gate = asyncio.Semaphore(current(MikroConfig).pictures.at_once)
    try:
        yield
    finally:
        _held.gate = None


def _operations() -> Any:
    """Load what draws, at the first picture."""
    from mikro_server.operations import picture  # noqa: PLC0415

    return picture


async def _caller(request: HttpRequest) -> Principal:
    token = bearer_token(request.headers)
    if token is None:
        raise Unauthenticated()
    return await get_verifier().verify(token)


def _parsed(model: type[Q], request: HttpRequest) -> Q:
    given: dict[str, Any] = {
        name: values if name == "slice" else values[-1] for name, values in request.GET.lists()
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else None
        raise InvalidInput(f"{field}: {first['msg']}.", field=field) from None


def _known(request: HttpRequest) -> list[str]:
    header = request.headers.get("If-None-Match", "")
    return [one.strip().removeprefix("W/").strip('"') for one in header.split(",")]


def _answer(picture: Any) -> HttpResponse:
    response = HttpResponse(picture.data or b"", content_type=picture.content_type)
    if picture.data is None:
        response = HttpResponse(status=304)
    response["ETag"] = f'"{picture.mark}"'
    # Whoever may not see it any more must not find it in a cache, so each use asks again.
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization"
    response["X-Content-Type-Options"] = "nosniff"
    if picture.dtype:
        response["Mikro-Shape"] = orjson.dumps(list(picture.shape)).decode()
        response["Mikro-Dtype"] = picture.dtype
    return response


def _gate() -> asyncio.Semaphore:
    return _held.gate or asyncio.Semaphore()


@require_safe
async def thumbnail(request: HttpRequest, dataset: str) -> HttpResponse:
    """A small picture of a whole array."""
    principal = await _caller(request)
    wanted = _parsed(ThumbnailQuery, request)
    async with _gate():
        picture = await _operations().thumbnail_read(
            principal=principal,
            dataset_id=dataset,
            longest=wanted.size,
            form=wanted.format.value,
            colormap=wanted.colormap,
            known=_known(request),
        )
    return _answer(picture)


@require_safe
async def region(request: HttpRequest, dataset: str) -> HttpResponse:
    """A region of one level, as a picture or as numbers."""
    principal = await _caller(request)
    wanted = _parsed(RegionQuery, request)
    operations = _operations()
    wish = operations.RegionWish(
        level=wanted.level,
        slices=wanted.slice,
        form=wanted.format.value,
        contrast=operations.Contrast(wanted.min, wanted.max, wanted.low, wanted.high),
        colormap=wanted.colormap,
        longest=wanted.size,
    )
    async with _gate():
        picture = await operations.region_read(
            principal=principal, dataset_id=dataset, wish=wish, known=_known(request)
        )
    return _answer(picture)
