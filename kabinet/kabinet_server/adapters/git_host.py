"""Reads the deployments file of a git repository, as a raw file over HTTP(S) or from a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from kabinet_server.adapters.documents import read_deployments
from kabinet_server.adapters.fetch import Fetcher
from kabinet_server.config import SourcesConfig
from kabinet_server.domain.errors import SourceUnreachable, SourceUnreadable
from kabinet_server.domain.image import Reading

#: Where the file is, and where older command line tools wrote it.
PATHS = (".arkitekt/deployments.yaml", ".arkitekt_next/deployments.yaml")


def trusted_hosts(config: SourcesConfig) -> list[str]:
    """Return the host that git repositories are read from: whoever configured it trusts it."""
    parts = urlsplit(config.git_url)
    if not parts.netloc:
        return []
    return [f"http://{parts.netloc}" if parts.scheme == "http" else parts.netloc]


def file_url(config: SourcesConfig, user: str, repo: str, branch: str, path: str) -> str:
    """Return the address of a file; every part is quoted."""
    return config.git_url.format(
        user=quote(user, safe=""), repo=quote(repo, safe=""), branch=quote(branch), path=path
    )


async def read_git_repo(
    fetcher: Fetcher,
    *,
    user: str,
    repo: str,
    branch: str,
    seen: Mapping[str, Any] | None = None,
) -> Reading:
    """Read what a branch deploys; says so when it has not changed since `seen`."""
    for path in PATHS:
        url = file_url(fetcher.config, user, repo, branch, path)
        if url.startswith("file:///"):
            found = await asyncio.to_thread(_local, Path(url.removeprefix("file://")), fetcher)
            if found is not None:
                return await asyncio.to_thread(read_deployments, found)
            continue
        reading = await _remote(fetcher, url, dict(seen or {}))
        if reading is not None:
            return reading
    raise SourceUnreadable(
        f"{user}/{repo}:{branch} is not an Arkitekt repository: it has no {PATHS[0]}."
    )


async def _remote(fetcher: Fetcher, url: str, seen: Mapping[str, Any]) -> Reading | None:
    headers = {"Cache-Control": "no-cache"}
    if seen.get("url") == url and seen.get("etag"):
        headers["If-None-Match"] = str(seen["etag"])
    answer = await fetcher.get(url, most_bytes=fetcher.config.file_bytes, headers=headers)
    if answer.status == 304:
        return Reading((), seen=seen, is_unchanged=True)
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise SourceUnreachable(f"{urlsplit(url).hostname} answered {answer.status}.")
    try:
        text = answer.body.decode("utf8")
    except UnicodeDecodeError:
        raise SourceUnreadable("The deployments file is not UTF-8 text.") from None
    reading = await asyncio.to_thread(read_deployments, text)
    etag = answer.headers.get("etag")
    return replace(reading, seen={"url": url, "etag": etag} if etag else {})


def _local(path: Path, fetcher: Fetcher) -> str | None:
    most = fetcher.config.file_bytes
    try:
        if path.stat().st_size > most:
            raise SourceUnreadable(f"The deployments file is larger than {most} bytes.")
        return path.read_text(encoding="utf8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise SourceUnreadable(f"{path.name} cannot be read as text.") from None
