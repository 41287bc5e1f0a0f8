"""Reading repositories: what is found goes into the store, what goes wrong beside it.

A reading that fails keeps what the last good one brought, and the source is tried again later.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DatabaseError, transaction
from django.db.models import Q

from chassis import clock
from chassis.config import current
from chassis.errors import PlatformError
from chassis.identity import Principal
from chassis.logs import get_logger
from kabinet_server.adapters.fetch import Fetcher
from kabinet_server.adapters.git_host import read_git_repo, trusted_hosts
from kabinet_server.adapters.logins import registry_logins
from kabinet_server.adapters.registry import Registry, read_oci_repo, resolve_digests
from kabinet_server.config import KabinetConfig, SourcesConfig
from kabinet_server.domain.backoff import wait_seconds
from kabinet_server.domain.errors import SourceRefused
from kabinet_server.domain.image import Problem, Reading, ReleaseKey
from kabinet_server.domain.kinds import ScanState
from kabinet_server.models import Flavour, GithubRepo, OciRepo, Release
from kabinet_server.operations.author import acting
from kabinet_server.operations.release import release_seal, release_store, retire
from kabinet_server.selectors import rows

logger = get_logger(__name__)

Repo = GithubRepo | OciRepo
_LEASE_SECONDS = 600
_MOST_PROBLEMS = 200
_REPOS_A_TURN = 20


async def github_repo_read(repo: GithubRepo) -> None:
    """Read a git repository into the store."""
    config = current(KabinetConfig).sources

    async def read() -> Reading:
        async with Fetcher(config, trusted=trusted_hosts(config)) as fetcher:
            reading = await read_git_repo(
                fetcher, user=repo.user, repo=repo.repo, branch=repo.branch, seen=repo.seen
            )
        if reading.is_unchanged:
            return reading
        async with Fetcher(config) as fetcher:
            found = await resolve_digests(fetcher, reading.releases, registry_logins(config))
        return Reading(found, reading.problems, seen=reading.seen)

    await _read(repo, read)


async def oci_repo_read(repo: OciRepo) -> None:
    """Read a repository of a registry into the store."""
    config = current(KabinetConfig).sources

    async def read() -> Reading:
        async with Fetcher(config) as fetcher:
            login = registry_logins(config).get(repo.registry)
            registry = Registry(fetcher, repo.registry, repo.repository, login)
            return await read_oci_repo(registry, channels=repo.channels, seen=repo.seen)

    await _read(repo, read)


async def _read(repo: Repo, read: Callable[[], Coroutine[Any, Any, Reading]]) -> None:
    await sync_to_async(_begin)(repo)
    try:
        reading = await read()
    except PlatformError as error:
        await sync_to_async(_failed)(repo, error)
        return
    except BaseException:
        await sync_to_async(_failed)(repo, None)
        raise
    await sync_to_async(reading_store)(repo=repo, reading=reading)


def _begin(repo: Repo) -> None:
    repo.state = ScanState.SCANNING.value
    # A process that dies while it reads leaves the repository to the next one after this time.
    repo.next_scan_at = clock.now() + timedelta(seconds=_LEASE_SECONDS)
    repo.save(update_fields=["state", "next_scan_at"])


def _failed(repo: Repo, error: PlatformError | None) -> None:
    config = current(KabinetConfig).sources
    repo.failures += 1
    repo.state = ScanState.ERROR.value
    repo.last_error = error.message if error is not None else "The reading was broken off."
    # Nobody's patience mends what the configuration refuses.
    first = config.scan_seconds if isinstance(error, SourceRefused) else config.retry_seconds
    repo.next_scan_at = clock.now() + timedelta(seconds=wait_seconds(repo.failures, first))
    repo.save()
    logger.warning(
        "a repository could not be read",
        extra={"event": "repo.failed", "repo": str(repo), "reason": repo.last_error},
    )


def reading_store(*, repo: Repo, reading: Reading) -> None:
    """Bring a reading into the store; a release that cannot be written costs only itself."""
    problems = list(reading.problems)
    kept: list[ReleaseKey] = list(reading.unchanged)
    for images in reading.releases:
        kept.append(images.key)
        unread = {
            one.flavour for one in reading.problems if one.release == images.key and one.flavour
        }
        try:
            release_store(
                organization=repo.organization_id,
                images=images,
                github_repo=repo if isinstance(repo, GithubRepo) else None,
                oci_repo=repo if isinstance(repo, OciRepo) else None,
                unread=unread,
            )
        except (PlatformError, DatabaseError) as error:
            text = error.message if isinstance(error, PlatformError) else "it cannot be stored"
            problems.append(Problem(f"{images.identifier}:{images.version}", text, images.key))
    kept += [one.release for one in problems if one.release is not None]
    if not reading.is_unchanged:
        _retire_missing(repo, kept)
        repo.problems = [
            {"image": one.image, "message": one.message} for one in problems[:_MOST_PROBLEMS]
        ]
        repo.seen = dict(reading.seen)
    _succeeded(repo, current(KabinetConfig).sources)


def _succeeded(repo: Repo, config: SourcesConfig) -> None:
    repo.failures = 0
    repo.state = ScanState.OK.value
    repo.last_error = None
    repo.scanned_at = clock.now()
    repo.next_scan_at = repo.scanned_at + timedelta(seconds=config.scan_seconds)
    repo.save()


@transaction.atomic
def _retire_missing(repo: Repo, kept: list[ReleaseKey]) -> None:
    """Take the flavours of releases out of the store that the source has no longer."""
    present = Q(pk__in=[])
    for identifier, version, channel in kept:
        named = Q(release__app__identifier=identifier)
        # The head of a channel keeps its row while its version moves.
        named &= (
            Q(release__channel=channel)
            if channel
            else Q(release__channel=None, release__version=version)
        )
        present |= named
    gone = repo.flavours.filter(retired_at=None).exclude(
        pk__in=Flavour.objects.filter(present).values("pk")
    )
    releases = list(Release.objects.filter(pk__in=gone.values("release")).select_related("app"))
    retire(Flavour.objects.filter(pk__in=list(gone.values_list("pk", flat=True))))
    for release in releases:
        release_seal(release)


async def repos_rescan(*, principal: Principal) -> list[GithubRepo]:
    """Read every git repository of the organization now."""
    for repo in await sync_to_async(_permitted)(principal):
        await github_repo_read(repo)
    return await sync_to_async(_all_of)(principal)


def _all_of(principal: Principal) -> list[GithubRepo]:
    return list(rows.github_repos_visible_to(principal).select_related("organization"))


def _permitted(principal: Principal) -> list[GithubRepo]:
    acting(principal, "store.import")
    return list(rows.github_repos_visible_to(principal))


async def scan_due() -> int:
    """Read the repositories of all organizations whose time has come; return how many."""
    count = 0
    while count < _REPOS_A_TURN:
        repo = await sync_to_async(_claim)()
        if repo is None:
            break
        if isinstance(repo, GithubRepo):
            await github_repo_read(repo)
        else:
            await oci_repo_read(repo)
        count += 1
    return count


@transaction.atomic
def _claim() -> Repo | None:
    """Take the repository that has waited longest; another process takes another one."""
    due = Q(next_scan_at=None) | Q(next_scan_at__lte=clock.now())
    for model in (GithubRepo, OciRepo):
        waiting = model._default_manager.filter(due).order_by("next_scan_at", "pk")
        repo: Repo | None = waiting.select_for_update(skip_locked=True).first()
        if repo is not None:
            _begin(repo)
            return repo
    return None
