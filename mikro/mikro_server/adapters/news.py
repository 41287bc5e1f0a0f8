"""News of files and shapes: what happened to one, told to every process of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from chassis.news import NewsChannel

_news = NewsChannel("mikro_files")
hearing_news = _news.hearing


@dataclass(frozen=True, slots=True)
class FileNews:
    """What happened to a file."""

    organization: str
    kind: str
    file: int
    folder: int | None


def announce(news: FileNews) -> None:
    """Tell every process once the present transaction is committed."""
    _news.announce(news.organization, news.kind, news.file, news.folder)


async def watched(organization: str) -> AsyncIterator[FileNews]:
    """Yield the news of one organization; ends when the reader is too slow for them."""
    async for kind, file, folder in _news.watched(organization):
        yield FileNews(organization, kind, file, folder)


@dataclass(frozen=True, slots=True)
class ShapeNews:
    """What happened to a shape of a collection; without one, to many of them at once."""

    organization: str
    kind: str
    shape: str | None
    collection: int


def announce_shape(news: ShapeNews) -> None:
    """Tell every process once the present transaction is committed."""
    _news.announce(_shapes_of(news.organization), news.kind, news.shape, news.collection)


async def watched_shapes(organization: str) -> AsyncIterator[ShapeNews]:
    """Yield the news of one organization; ends when the reader is too slow for them."""
    async for kind, shape, collection in _news.watched(_shapes_of(organization)):
        yield ShapeNews(organization, kind, shape, collection)


def _shapes_of(organization: str) -> str:
    return f"{organization} shapes"
