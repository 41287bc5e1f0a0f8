"""News of files: what happened to one, told to every process of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from chassis.news import NewsChannel

_files = NewsChannel("mikro_files")
hearing_news = _files.hearing


@dataclass(frozen=True, slots=True)
class FileNews:
    """What happened to a file."""

    organization: str
    kind: str
    file: int
    folder: int | None


def announce(news: FileNews) -> None:
    """Tell every process once the present transaction is committed."""
    _files.announce(news.organization, news.kind, news.file, news.folder)


async def watched(organization: str) -> AsyncIterator[FileNews]:
    """Yield the news of one organization; ends when the reader is too slow for them."""
    async for kind, file, folder in _files.watched(organization):
        yield FileNews(organization, kind, file, folder)
