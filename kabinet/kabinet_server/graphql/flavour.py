"""Flavours: type, filter, order and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import QuerySet
from strawberry.scalars import JSON

from chassis.definitions.graphql.documents import read_all
from chassis.definitions.graphql.enums import ComponentContext
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column, one_row
from kabinet_server import models
from kabinet_server.graphql.app import Release
from kabinet_server.graphql.blok import FlavourBlok, bloks_of, logo_of
from kabinet_server.graphql.fields import related_list
from kabinet_server.graphql.filters import (
    DefinitionFilter,
    DefinitionOrder,
    DeploymentFilter,
    DeploymentOrder,
    FlavourFilter,
    FlavourOrder,
)
from kabinet_server.graphql.repo import GithubRepo, OciRepo
from kabinet_server.graphql.scalars import Embedding, UntypedParams
from kabinet_server.graphql.selector import Requirement, Selector
from kabinet_server.graphql.store import store_rows
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import by_id

if TYPE_CHECKING:
    from kabinet_server.graphql.definition import Definition
    from kabinet_server.graphql.deployment import Deployment

_DEFINITION = strawberry.lazy("kabinet_server.graphql.definition")
_DEPLOYMENT = strawberry.lazy("kabinet_server.graphql.deployment")


@strawberry.type(description="A container image.")
class DockerImage:
    """Where it can be pulled, and how old it is."""

    image_string: str = strawberry.field(description="The reference to pull.")
    build_at: datetime = strawberry.field(description="When it was built, or else first seen.")
    digest: str | None = strawberry.field(description="Its digest, where it is known.")
    size: float | None = strawberry.field(description="Its size unpacked, in bytes.")


@strawberry_django.type(models.Flavour, description="A variant of a release: an image to deploy.")
class Flavour:
    """What is placed on a resource."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The name within the release.")
    description: str | None = strawberry_django.field(description="What sets it apart.")
    release: Release = strawberry_django.field(description="The release it is of.")
    deployments: list[Annotated[Deployment, _DEPLOYMENT]] = related_list(
        "Where it runs.",
        filters=DeploymentFilter,
        ordering=DeploymentOrder,
    )
    definitions: list[Annotated[Definition, _DEFINITION]] = related_list(
        "What it can do.",
        filters=DefinitionFilter,
        ordering=DefinitionOrder,
    )
    repo: GithubRepo | None = strawberry_django.field(
        field_name="github_repo", description="The git repository it was found in."
    )
    source: OciRepo | None = strawberry_django.field(
        field_name="oci_repo", description="The repository of a registry it was found in."
    )
    descriptors: JSON = strawberry_django.field(description="Its descriptors.")
    platforms: list[str] = strawberry_django.field(description="Platforms it was built for.")
    retired_at: datetime | None = strawberry_django.field(
        description="When its source ceased to list it."
    )
    warnings: JSON = strawberry_django.field(description="What is doubtful about it.")

    @column("image_string", "built_at", "image_digest", "size", description="The image it is in.")
    def image(self: models.Flavour) -> DockerImage:
        """Return the image."""
        return DockerImage(
            image_string=self.image_string,
            build_at=self.built_at,
            digest=self.image_digest,
            size=self.size,
        )

    @column("manifest", description="The manifest of the app it was built from.")
    def manifest(self: models.Flavour) -> UntypedParams:
        """Return the stored document."""
        return UntypedParams(self.manifest)

    @column("bloks", description="The bloks it declares, as declared.")
    def bloks(self: models.Flavour) -> UntypedParams:
        """Return the stored documents."""
        return UntypedParams(self.bloks)

    @column("assets", description="The files it brings, as declared.")
    def assets(self: models.Flavour) -> UntypedParams:
        """Return the stored documents."""
        return UntypedParams(self.assets)

    @column("capabilities", description="What it must be granted on its machine, as declared.")
    def capabilities(self: models.Flavour) -> UntypedParams:
        """Return the stored documents."""
        return UntypedParams(self.capabilities)

    @column("selectors", description="Where it may be placed.")
    def selectors(self: models.Flavour) -> list[Selector]:
        """Return the stored documents as types."""
        return read_all(Selector, self.selectors)

    @column("requirements", description="The services it needs.")
    def requirements(self: models.Flavour) -> list[Requirement]:
        """Return the stored documents as types."""
        return read_all(Requirement, self.requirements)

    @column("bloks", description="Its bloks, ready to draw; of one context if that is given.")
    def blok_implementations(
        self: models.Flavour, context: ComponentContext | None = None
    ) -> list[FlavourBlok]:
        """Return the stored documents as types."""
        return bloks_of(self, context)

    @column("bloks", description="The logo of its app.")
    def logo_blok(self: models.Flavour) -> FlavourBlok | None:
        """Return the default logo, else the first."""
        return logo_of(self)

    @strawberry_django.field(
        select_related=["release"], only=["release__logo"], description="The stored logo."
    )
    def logo(self: models.Flavour) -> str | None:
        """Return that of the release."""
        return self.release.logo

    @strawberry_django.field(
        select_related=["release"],
        only=["release__original_logo"],
        description="Where its logo comes from.",
    )
    def original_logo(self: models.Flavour) -> str | None:
        """Return that of the release."""
        return self.release.original_logo

    @strawberry_django.field(description="Its vector; none are made here.")
    def embedding(self: models.Flavour) -> Embedding | None:
        """Return nothing."""
        return None


@strawberry.type
class Query:
    """Root fields of flavours."""

    flavours: list[Flavour] = store_rows(
        rows.flavours_visible_to,
        filters=FlavourFilter,
        ordering=FlavourOrder,
        description="The flavours on offer, the newest first.",
    )

    @one_row(Flavour, "One flavour.")
    def flavour(self, info: Info, id: strawberry.ID) -> QuerySet[models.Flavour]:
        """Return the flavour, also one that is not offered any longer."""
        return by_id(rows.all_flavours_visible_to(principal_of(info)), id)
