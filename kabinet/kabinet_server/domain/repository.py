"""How people name repositories: of git, and of registries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import InvalidInput

DEFAULT_BRANCH = "main"
DEFAULT_REGISTRY = "docker.io"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")
_PATH = re.compile(r"[a-z0-9]+([._/-]+[a-z0-9]+)*")
_HOST = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class Source:
    """A repository: of git as user, repo and branch, or of a registry as host and path."""

    git: tuple[str, str, str] | None = None
    oci: tuple[str, str] | None = None
    channels: Sequence[str] = ()


def git_identifier(text: str) -> tuple[str, str, str]:
    """Read `user/repo`, `user/repo:branch` or an address of one into user, repo and branch."""
    rest = text.strip()
    for scheme in ("https://", "http://"):
        if rest.startswith(scheme):
            _, _, rest = rest.removeprefix(scheme).partition("/")
    rest = rest.rstrip("/")
    path, _, tree = rest.partition("/tree/")
    branch = tree
    if not branch:
        path, _, branch = path.partition(":")
    user, _, repo = path.partition("/")
    return git_parts(user, repo.removesuffix(".git"), branch or DEFAULT_BRANCH)


def git_parts(user: str | None, repo: str | None, branch: str | None) -> tuple[str, str, str]:
    """Check the parts of a git repository; they become parts of an address."""
    parts = (user or "", repo or "", branch or DEFAULT_BRANCH)
    for value, pattern, name in zip(
        parts, (_NAME, _NAME, _BRANCH), ("user", "repo", "branch"), strict=True
    ):
        if not pattern.fullmatch(value) or ".." in value:
            raise InvalidInput(
                f"{value!r} is no {name}; name a repository as `user/repo` or `user/repo:branch`.",
                field=name,
            )
    return parts


def oci_reference(text: str) -> tuple[str, str]:
    """Read a repository of a registry, without tag and digest, into host and path."""
    rest = text.strip()
    for scheme in ("oci://", "https://"):
        rest = rest.removeprefix(scheme)
    if "@" in rest or ":" in rest.rpartition("/")[2]:
        raise InvalidInput("Name the repository alone, without a tag or digest.", field="reference")
    head, _, path = rest.partition("/")
    if path and ("." in head or ":" in head or head == "localhost"):
        host = head
    else:
        host, path = DEFAULT_REGISTRY, rest if "/" in rest else f"library/{rest}"
    if not _HOST.fullmatch(host):
        raise InvalidInput(f"{host!r} is no host of a registry.", field="reference")
    if not _PATH.fullmatch(path) or len(path) > 255:
        raise InvalidInput(
            f"{path!r} is no repository: lower case letters, digits and ._-/ between them.",
            field="reference",
        )
    return host, path


def channel_names(channels: Sequence[str]) -> list[str]:
    """Check channels, which are tags; each counts once, in order."""
    for channel in channels:
        if not _TAG.fullmatch(channel):
            raise InvalidInput(f"{channel!r} cannot be a channel's tag.", field="channels")
    return list(dict.fromkeys(channels))


def default_source(text: str) -> Source:
    """Read an entry of the configuration: `github:user/repo` or `oci:host/path#channel,...`."""
    kind, _, rest = text.partition(":")
    if kind == "github":
        return Source(git=git_identifier(rest))
    if kind == "oci":
        reference, _, channels = rest.partition("#")
        names = [one.strip() for one in channels.split(",") if one.strip()]
        return Source(oci=oci_reference(reference), channels=channel_names(names))
    raise InvalidInput(f"{text!r} starts with neither github: nor oci:.", field="default_repos")
