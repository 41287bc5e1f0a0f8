"""Repositories: followed, read again, given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import QuerySet

from chassis.errors import InvalidInput
from chassis.identity import Principal
from kabinet_server.domain.repository import channel_names, git_identifier, git_parts, oci_reference
from kabinet_server.models import Flavour, GithubRepo, OciRepo
from kabinet_server.operations import scan
from kabinet_server.operations.author import acting
from kabinet_server.operations.release import release_seal, retire
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import one

_LONGEST_NAME = 400


async def github_repo_add(
    *,
    principal: Principal,
    identifier: str | None = None,
    user: str | None = None,
    repo: str | None = None,
    branch: str | None = None,
    name: str | None = None,
    is_scanned: bool = True,
) -> int:
    """Follow a branch of a git repository; one that is followed already is read again."""
    if identifier is None and (user is None or repo is None):
        raise InvalidInput("Give an identifier, or user and repo.", field="identifier")
    if identifier is not None:
        found = git_identifier(identifier)
        parts = git_parts(found[0], found[1], branch or found[2])
    else:
        parts = git_parts(user, repo, branch)
    row = await sync_to_async(_add_git)(principal, parts, name)
    if is_scanned:
        await scan.github_repo_read(row)
    return row.pk


@transaction.atomic
def _add_git(principal: Principal, parts: tuple[str, str, str], name: str | None) -> GithubRepo:
    acting(principal, "store.import")
    user, repo, branch = parts
    row, _ = GithubRepo.objects.get_or_create(
        organization_id=principal.organization,
        user=user,
        repo=repo,
        branch=branch,
        defaults={"name": (name or f"{user}/{repo}")[:_LONGEST_NAME]},
    )
    return row


async def github_repo_scan(*, principal: Principal, repo_id: object) -> int:
    """Read a git repository now."""
    row: GithubRepo = await sync_to_async(_permitted)(
        principal, rows.github_repos_visible_to, repo_id
    )
    await scan.github_repo_read(row)
    return row.pk


def _permitted(principal: Principal, visible: Any, repo_id: object) -> Any:
    row = one(visible(principal), repo_id)
    acting(principal, "store.import", row)
    return row


async def oci_repo_import(
    *, principal: Principal, reference: str, channels: Sequence[str] | None = None
) -> int:
    """Follow a repository of a registry, or read it again; channels left out stay as they are."""
    host, path = oci_reference(reference)
    names = None if channels is None else channel_names(channels)
    row = await sync_to_async(_add_oci)(principal, host, path, names)
    await scan.oci_repo_read(row)
    return row.pk


@transaction.atomic
def _add_oci(principal: Principal, host: str, path: str, channels: list[str] | None) -> OciRepo:
    acting(principal, "store.import")
    row, _ = OciRepo.objects.get_or_create(
        organization_id=principal.organization,
        registry=host,
        repository=path,
        defaults={"name": f"{host}/{path}"[:_LONGEST_NAME]},
    )
    if channels is not None and channels != row.channels:
        row.channels = channels
        # Tags that were passed over may be wanted now.
        row.seen = {}
        row.save(update_fields=["channels", "seen", "updated_at"])
    return row


@transaction.atomic
def repo_remove(*, principal: Principal, repos: QuerySet[Any], repo_id: object) -> None:
    """Follow a repository no longer. Its flavours leave the store, except those that run."""
    row = one(repos, repo_id)
    acting(principal, "store.import", row)
    flavours = Flavour.objects.filter(pk__in=row.flavours.values("pk"))
    releases = {flavour.release for flavour in flavours.select_related("release__app")}
    retire(flavours)
    row.delete()
    for release in releases:
        release_seal(release)
