"""Reads repositories of OCI registries: tags, release descriptors, digests of images.

Whatever a registry says is checked: digests against the bytes, pages against loops, sizes against
limits. Tokens go to the host they are for and nowhere else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from arkitekt_spec.release import RELEASE_MEDIA_TYPE

from chassis.errors import InvalidInput, PlatformError
from kabinet_server.adapters.documents import read_descriptor
from kabinet_server.adapters.fetch import Answer, Fetcher
from kabinet_server.domain.errors import SourceRefused, SourceUnreachable, SourceUnreadable
from kabinet_server.domain.image import FlavourImage, Problem, Reading, ReleaseImages
from kabinet_server.domain.repository import DEFAULT_REGISTRY, oci_reference

_DOCKER_API = "registry-1.docker.io"
_MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
_MANIFEST_BYTES = 4 * 1024 * 1024
_TOKEN_BYTES = 256 * 1024
_TAG_BYTES = 4 * 1024 * 1024
_MOST_PAGES = 1000
_CHALLENGE = re.compile(r'([a-z]+)="([^"]*)"')
_NEXT = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
Login = Mapping[str, str]


class Registry:
    """One repository of one registry."""

    def __init__(
        self, fetcher: Fetcher, host: str, repository: str, login: Login | None = None
    ) -> None:
        self._fetcher = fetcher
        self._repository = repository
        self._login = login
        self._token: str | None = None
        self._token_turn = asyncio.Lock()
        api = _DOCKER_API if host == DEFAULT_REGISTRY else host
        parts = urlsplit(f"//{api}")
        plain = fetcher.allowed.is_plain(parts.hostname or "", parts.port)
        self._base = f"{'http' if plain else 'https'}://{api}/v2/{repository}/"
        allowed = fetcher.config.registry_hosts
        if allowed and host not in allowed:
            raise SourceRefused(
                f"Images of {host} are not allowed here; an admin can allow them in "
                "sources.registry_hosts."
            )

    async def tags(self) -> list[str]:
        """Return all tags; a registry whose pages never end is refused."""
        url = f"{self._base}tags/list?n=1000"
        origin, seen, tags = urlsplit(url).netloc, set(), dict[str, None]()
        for _ in range(_MOST_PAGES):
            answer = await self._get(url, _TAG_BYTES)
            if answer.status == 404:
                raise SourceUnreadable(f"There is no repository {self._repository} there.")
            for tag in _object(_ok(answer)).get("tags") or ():
                if isinstance(tag, str):
                    tags[tag] = None
            if len(tags) > self._fetcher.config.tags:
                raise SourceUnreadable(
                    f"The repository has more than {self._fetcher.config.tags} tags; an admin can "
                    "raise sources.tags."
                )
            following = _NEXT.search(answer.headers.get("link", ""))
            if following is None:
                return list(tags)
            seen.add(url)
            url = urljoin(url, following[1])
            if url in seen or urlsplit(url).netloc != origin:
                raise SourceUnreadable("The registry's list of tags leads back into itself.")
        raise SourceUnreadable("The registry's list of tags never ends.")

    async def manifest(self, tag: str) -> tuple[str, dict[str, Any]]:
        """Return the digest and the content of what a tag names."""
        answer = await self._get(f"{self._base}manifests/{tag}", _MANIFEST_BYTES, _MANIFESTS)
        document = _object(_ok(answer))
        digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
        told = answer.headers.get("docker-content-digest")
        if told is not None and told.startswith("sha256:") and told != digest:
            raise SourceUnreadable(f"The registry says {told}, and what it sent is {digest}.")
        return digest, document

    async def digest(self, tag: str) -> str | None:
        """Return the digest of what a tag names, as the registry tells it without sending it."""
        url = f"{self._base}manifests/{tag}"
        answer = await self._get(url, _MANIFEST_BYTES, _MANIFESTS, method="HEAD")
        if answer.status != 200:
            return None
        told = answer.headers.get("docker-content-digest", "")
        return told if _DIGEST.fullmatch(told) else None

    async def blob(self, digest: str) -> bytes:
        """Return a blob; what does not have the digest it was asked by is refused."""
        if not _DIGEST.fullmatch(digest):
            raise SourceUnreadable(f"{digest[:80]!r} is no digest.")
        answer = await self._get(
            f"{self._base}blobs/{digest}", self._fetcher.config.descriptor_bytes
        )
        body = _ok(answer).body
        found = f"sha256:{hashlib.sha256(body).hexdigest()}"
        if found != digest:
            raise SourceUnreadable(f"The registry sent {found} for {digest}.")
        return body

    async def _get(
        self, url: str, most_bytes: int, accept: str | None = None, *, method: str = "GET"
    ) -> Answer:
        headers = {"Accept": accept} if accept else {}
        used = self._token
        if used is not None:
            headers["Authorization"] = used
        ask = partial(self._fetcher.get, url, most_bytes=most_bytes, method=method)
        answer = await ask(headers=headers)
        if answer.status != 401:
            return answer
        async with self._token_turn:
            if self._token == used:
                self._token = await self._log_in(answer)
        return await ask(headers={**headers, "Authorization": self._token or ""})

    async def _log_in(self, refused: Answer) -> str:
        challenge = refused.headers.get("www-authenticate", "")
        kind = challenge.partition(" ")[0].lower()
        basic = _basic(self._login) if self._login else None
        if kind == "basic" and basic is not None:
            return basic
        found = dict(_CHALLENGE.findall(challenge))
        realm = found.get("realm")
        if kind != "bearer" or realm is None:
            raise SourceRefused(
                "The registry wants a login; an admin can set one in sources.credentials_file."
            )
        scope = found.get("scope") or f"repository:{self._repository}:pull"
        query = {"scope": scope, **({"service": found["service"]} if "service" in found else {})}
        headers = {"Authorization": basic} if basic is not None else {}
        url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"
        answer = await self._fetcher.get(url, most_bytes=_TOKEN_BYTES, headers=headers)
        if answer.status != 200:
            raise SourceRefused(f"The registry's login answered {answer.status}.")
        document = _object(answer)
        token = document.get("token") or document.get("access_token")
        if not isinstance(token, str):
            raise SourceUnreadable("The registry's login gave no token.")
        return f"Bearer {token}"


def _basic(login: Login) -> str:
    pair = f"{login['username']}:{login['password']}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _ok(answer: Answer) -> Answer:
    if answer.status in {401, 403}:
        raise SourceRefused("The registry does not let this repository be read.")
    if answer.status != 200:
        raise SourceUnreachable(f"The registry answered {answer.status}.")
    return answer


def _object(answer: Answer) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise SourceUnreadable("The registry did not answer with JSON.") from None
    if not isinstance(document, dict):
        raise SourceUnreadable("The registry did not answer with a JSON object.")
    return document


async def read_oci_repo(
    registry: Registry, *, channels: Sequence[str] = (), seen: Mapping[str, Any] | None = None
) -> Reading:
    """Read the releases of a repository, and the heads of the channels that are followed.

    `seen` is what the last reading returned: tags that name the same thing are not read again.
    """
    tags = await registry.tags()
    reader = _TagReader(registry, channels, dict(seen or {}))
    names = set(tags)
    # The images of a release are tagged `<version>-<flavour>`: what is a release is found first,
    # and most of the other tags need no look at all.
    derived = {tag for tag in tags if any(_stem in names for _stem in _stems(tag))}
    await reader.read([tag for tag in tags if tag not in derived])
    known = reader.image_tags()
    await reader.read([tag for tag in tags if tag in derived and tag not in known])
    for channel in channels:
        if channel not in names:
            reader.problems.append(Problem(channel, "the repository has no such channel"))
    return Reading(reader.releases, reader.problems, reader.unchanged, seen=reader.now)


def _stems(tag: str) -> list[str]:
    parts = tag.split("-")
    return ["-".join(parts[:count]) for count in range(1, len(parts))]


class _TagReader:
    """Reads tags side by side, and sorts what they name."""

    def __init__(self, registry: Registry, channels: Sequence[str], seen: dict[str, Any]) -> None:
        self._registry = registry
        self._channels = channels
        self._seen = seen
        self.releases: list[ReleaseImages] = []
        self.problems: list[Problem] = []
        self.unchanged: list[tuple[str, str, str | None]] = []
        self.now: dict[str, Any] = {}
        self._flavours: dict[str, list[str]] = {}

    async def read(self, tags: Sequence[str]) -> None:
        """Read tags; one that cannot be read costs only itself."""
        await asyncio.gather(*(self._read(tag) for tag in tags))
        self.releases.sort(key=lambda one: one.key[:2])

    def image_tags(self) -> set[str]:
        """Return the tags that images of the releases found so far have."""
        return {f"{tag}-{name}" for tag, names in self._flavours.items() for name in names}

    async def _read(self, tag: str) -> None:
        before = self._seen.get(tag)
        try:
            if before is not None and await self._registry.digest(tag) == before["digest"]:
                self._keep(tag, before)
                return
            digest, manifest = await self._registry.manifest(tag)
            config = manifest.get("config")
            if not isinstance(config, dict) or config.get("mediaType") != RELEASE_MEDIA_TYPE:
                self.now[tag] = {"digest": digest}
                return
            release = read_descriptor(await self._registry.blob(str(config.get("digest"))))
        except PlatformError as error:
            if isinstance(error, SourceRefused):
                raise
            key = None if before is None or "release" not in before else _key(before)
            self.problems.append(Problem(tag, error.message, key))
            return
        entry: dict[str, Any] = {"digest": digest, "tag_of": release.channel}
        if self._is_wanted(tag, release):
            entry["release"] = list(release.key)
            self.releases.append(release)
        entry["flavours"] = [one.name for one in release.flavours]
        # A channel's images are tagged by the version of the build, not by the channel.
        self._flavours[release.version] = entry["flavours"]
        entry["version"] = release.version
        self.now[tag] = entry

    def _is_wanted(self, tag: str, release: ReleaseImages) -> bool:
        if release.channel is None:
            return tag == release.version
        return tag in self._channels

    def _keep(self, tag: str, before: dict[str, Any]) -> None:
        self.now[tag] = before
        if "version" in before:
            self._flavours[before["version"]] = before["flavours"]
        if "release" in before:
            self.unchanged.append(_key(before))


def _key(entry: Mapping[str, Any]) -> tuple[str, str, str | None]:
    identifier, version, channel = entry["release"]
    return (identifier, version, channel)


async def resolve_digests(
    fetcher: Fetcher, releases: Sequence[ReleaseImages], logins: Mapping[str, Login]
) -> list[ReleaseImages]:
    """Ask the registries what the tags of images name now; what they do not tell stays unknown."""
    wanted = {one.image for release in releases for one in release.flavours if one.digest is None}
    found = dict(
        zip(
            sorted(wanted),
            await asyncio.gather(*(_resolve(fetcher, one, logins) for one in sorted(wanted))),
            strict=True,
        )
    )
    return [
        replace(release, flavours=[_resolved(one, found) for one in release.flavours])
        for release in releases
    ]


def _resolved(flavour: FlavourImage, found: Mapping[str, str | None]) -> FlavourImage:
    if flavour.digest is not None:
        return flavour
    digest = found[flavour.image]
    if digest is not None:
        return replace(flavour, digest=digest)
    text = f"the registry did not tell the digest of {flavour.image}"
    return replace(flavour, warnings=(*flavour.warnings, text))


async def _resolve(fetcher: Fetcher, image: str, logins: Mapping[str, Login]) -> str | None:
    name, _, tag = image.partition(":") if "/" not in image else _split(image)
    try:
        host, repository = oci_reference(name)
        registry = Registry(fetcher, host, repository, logins.get(host))
        return await registry.digest(tag or "latest")
    except (PlatformError, InvalidInput):
        return None


def _split(image: str) -> tuple[str, str, str]:
    """Split an image at the colon of its tag, not at that of a port."""
    path, slash, last = image.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{path}{slash}{name}", colon, tag
