"""Repositories: types, filters, orders, inputs and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from django.db.models import OrderBy, Q, QuerySet
from strawberry.scalars import JSON

from chassis.config import current
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import one_row
from chassis.graphql.inputs import maybe
from kabinet_server import models
from kabinet_server.config import KabinetConfig
from kabinet_server.graphql.fields import IdsFilter, holds, offered_list
from kabinet_server.graphql.filters import FlavourFilter, FlavourOrder
from kabinet_server.graphql.identity import Organization
from kabinet_server.graphql.scalars import Embedding, ScanState
from kabinet_server.graphql.store import store_rows
from kabinet_server.operations import repo as operations
from kabinet_server.operations import scan
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import by_id

if TYPE_CHECKING:
    from kabinet_server.graphql.flavour import Flavour

_FLAVOUR = strawberry.lazy("kabinet_server.graphql.flavour")
LazyFlavour = Annotated["Flavour", _FLAVOUR]


@strawberry_django.filter_type(models.GithubRepo, description="Narrows a list of repositories.")
class GithubRepoFilter(IdsFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "name", prefix=prefix)

    @strawberry_django.filter_field(description="Text in the name of the repository.")
    def repo(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "repo", prefix=prefix)

    @strawberry_django.filter_field(description="Text in the owner.")
    def user(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "user", prefix=prefix)

    @strawberry_django.filter_field(description="Text in the branch.")
    def branch(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "branch", prefix=prefix)


@strawberry_django.order_type(models.GithubRepo, description="Puts repositories in order.")
class GithubRepoOrder:
    """By id, name or time."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    updated_at: strawberry.auto = strawberry_django.order_field(
        description="By when it was changed."
    )

    @strawberry_django.order_field(description="By when it was added.")
    def added_at(self, value: strawberry_django.Ordering, prefix: str) -> list[OrderBy]:
        """Order by the column of that time."""
        return [value.resolve(f"{prefix}created_at")]


@strawberry.type(description="An image of a repository that could not be read.")
class ImageProblem:
    """The others were."""

    image: str = strawberry.field(description="What is known of the image.")
    message: str = strawberry.field(description="What is wrong with it.")


def _problems(row: models.GithubRepo | models.OciRepo) -> list[ImageProblem]:
    return [ImageProblem(image=one["image"], message=one["message"]) for one in row.problems]


@strawberry_django.type(models.GithubRepo, description="A branch of a git repository with apps.")
class GithubRepo:
    """Read from time to time."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name people see.")
    repo: str = strawberry_django.field(description="The name of the repository.")
    branch: str = strawberry_django.field(description="The branch that is read.")
    user: str = strawberry_django.field(description="The owner of the repository.")
    flavours: list[LazyFlavour] = offered_list(
        "The flavours found in it.",
        filters=FlavourFilter,
        ordering=FlavourOrder,
    )
    updated_at: datetime = strawberry_django.field(description="When it was last changed here.")
    added_at: datetime = strawberry_django.field(
        field_name="created_at", description="When it was added."
    )
    organization: Organization = strawberry_django.field(description="The tenant.")
    descriptors: JSON = strawberry_django.field(description="Its descriptors.")
    scanned_at: datetime | None = strawberry_django.field(description="When it was last read.")
    next_scan_at: datetime | None = strawberry_django.field(description="When it is read next.")
    last_error: str | None = strawberry_django.field(description="Why it could not be read.")
    is_default: bool = strawberry_django.field(description="Whether the installation added it.")

    @strawberry_django.field(only=["state"], description="How the last reading ended.")
    def state(self: models.GithubRepo) -> ScanState:
        """Return the state."""
        return ScanState(self.state)

    @strawberry_django.field(only=["problems"], description="Images that could not be read.")
    def problems(self: models.GithubRepo) -> list[ImageProblem]:
        """Return what was written down."""
        return _problems(self)

    @strawberry_django.field(description="Its vector; none are made here.")
    def embedding(self: models.GithubRepo) -> Embedding | None:
        """Return nothing."""
        return None

    @strawberry_django.field(only=["user", "repo"], description="Where people see it.")
    def url(self: models.GithubRepo) -> str:
        """Fill the address in."""
        page = current(KabinetConfig).sources.git_page
        return page.format(user=self.user, repo=self.repo, branch=self.branch)

    @strawberry_django.field(only=["user", "repo"], description="Where people report a problem.")
    def issue_url(self: models.GithubRepo) -> str:
        """Fill the address in."""
        page = current(KabinetConfig).sources.git_page
        return page.format(user=self.user, repo=self.repo, branch=self.branch) + "/issues/new"


@strawberry_django.type(models.OciRepo, description="A repository of a registry with releases.")
class OciRepo:
    """Read from time to time."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name people see.")
    registry: str = strawberry_django.field(description="The host of the registry.")
    repository: str = strawberry_django.field(description="The path on the registry.")
    channels: list[str] = strawberry_django.field(description="Channels followed beside releases.")
    flavours: list[LazyFlavour] = offered_list(
        "The flavours found in it.",
        filters=FlavourFilter,
        ordering=FlavourOrder,
    )
    scanned_at: datetime | None = strawberry_django.field(description="When it was last read.")
    next_scan_at: datetime | None = strawberry_django.field(description="When it is read next.")
    updated_at: datetime = strawberry_django.field(description="When it was last changed here.")
    added_at: datetime = strawberry_django.field(
        field_name="created_at", description="When it was imported."
    )
    organization: Organization = strawberry_django.field(description="The tenant.")
    last_error: str | None = strawberry_django.field(description="Why it could not be read.")
    is_default: bool = strawberry_django.field(description="Whether the installation added it.")

    @strawberry_django.field(only=["state"], description="How the last reading ended.")
    def state(self: models.OciRepo) -> ScanState:
        """Return the state."""
        return ScanState(self.state)

    @strawberry_django.field(only=["problems"], description="Images that could not be read.")
    def problems(self: models.OciRepo) -> list[ImageProblem]:
        """Return what was written down."""
        return _problems(self)

    @strawberry_django.field(
        only=["registry", "repository"], description="Host and path, as an image name starts."
    )
    def reference(self: models.OciRepo) -> str:
        """Join them."""
        return f"{self.registry}/{self.repository}"


@strawberry.input(description="A git repository to follow.")
class CreateGithubRepoInput:
    """Either an identifier, or an owner and a name."""

    name: str | None = maybe("The name people see.")
    user: str | None = maybe("The owner.")
    branch: str | None = maybe("The branch; main if left out.")
    repo: str | None = maybe("The name of the repository.")
    identifier: str | None = maybe("`user/repo`, `user/repo:branch` or an address.")
    auto_scan: bool | None = strawberry.field(default=True, description="Whether to read it now.")


@strawberry.input(description="A git repository to read again.")
class ScanRepoInput:
    """Its id."""

    id: str = strawberry.field(description="The repository.")


@strawberry.input(description="A repository of a registry to follow or to read again.")
class ImportRepoInput:
    """Host and path, without a tag."""

    reference: str = strawberry.field(description="`host/path`; docker.io without a host.")
    channels: list[str] | None = maybe("Channels to follow; what is followed if left out.")


@strawberry.input(description="A repository to follow no longer.")
class RemoveRepoInput:
    """Its id; what runs of it stays."""

    id: strawberry.ID = strawberry.field(description="The repository.")


@strawberry.type
class Query:
    """Root fields of repositories."""

    github_repos: list[GithubRepo] = store_rows(
        rows.github_repos_visible_to,
        filters=GithubRepoFilter,
        ordering=GithubRepoOrder,
        description="The git repositories that are followed.",
    )
    oci_repos: list[OciRepo] = store_rows(
        rows.oci_repos_visible_to,
        description="The repositories of registries that are followed.",
    )

    @one_row(GithubRepo, "One git repository.")
    def github_repo(self, info: Info, id: strawberry.ID) -> QuerySet[models.GithubRepo]:
        """Return the repository."""
        return by_id(rows.github_repos_visible_to(principal_of(info)), id)

    @one_row(OciRepo, "One repository of a registry.")
    def oci_repo(self, info: Info, id: strawberry.ID) -> QuerySet[models.OciRepo]:
        """Return the repository."""
        return by_id(rows.oci_repos_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Mutations of repositories."""

    @one_row(GithubRepo, "Follow a git repository; one that is followed already is returned.")
    async def create_github_repo(self, info: Info, input: CreateGithubRepoInput) -> Any:
        """Add it, and read it if asked to."""
        who = principal_of(info)
        pk = await operations.github_repo_add(
            principal=who,
            identifier=input.identifier,
            user=input.user,
            repo=input.repo,
            branch=input.branch,
            name=input.name,
            is_scanned=input.auto_scan is not False,
        )
        return by_id(rows.github_repos_visible_to(who), pk)

    @one_row(GithubRepo, "Read a git repository again.")
    async def scan_repo(self, info: Info, input: ScanRepoInput) -> Any:
        """Read it; what goes wrong is told in its `lastError`."""
        who = principal_of(info)
        pk = await operations.github_repo_scan(principal=who, repo_id=input.id)
        return by_id(rows.github_repos_visible_to(who), pk)

    @strawberry.mutation(description="Read all git repositories again.")
    async def rescan_repos(self, info: Info) -> list[GithubRepo]:
        """Read them one after the other."""
        return await scan.repos_rescan(principal=principal_of(info))  # type: ignore[return-value] # rows

    @one_row(OciRepo, "Follow a repository of a registry, or read it again.")
    async def import_repo(self, info: Info, input: ImportRepoInput) -> Any:
        """Add it and read it."""
        who = principal_of(info)
        pk = await operations.oci_repo_import(
            principal=who, reference=input.reference, channels=input.channels
        )
        return by_id(rows.oci_repos_visible_to(who), pk)

    @strawberry_django.field(description="Follow a git repository no longer.")
    def remove_github_repo(self, info: Info, input: RemoveRepoInput) -> strawberry.ID:
        """Take its flavours out of the store; what runs stays."""
        who = principal_of(info)
        operations.repo_remove(
            principal=who, repos=rows.github_repos_visible_to(who), repo_id=input.id
        )
        return input.id

    @strawberry_django.field(description="Follow a repository of a registry no longer.")
    def remove_oci_repo(self, info: Info, input: RemoveRepoInput) -> strawberry.ID:
        """Take its flavours out of the store; what runs stays."""
        who = principal_of(info)
        operations.repo_remove(
            principal=who, repos=rows.oci_repos_visible_to(who), repo_id=input.id
        )
        return input.id
