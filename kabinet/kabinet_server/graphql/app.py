"""Apps and releases: types, filters, orders and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import QuerySet
from strawberry.scalars import JSON

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import one_row
from kabinet_server import models
from kabinet_server.graphql.blok import FlavourBlok, logo_of
from kabinet_server.graphql.fields import offered_list, related_list
from kabinet_server.graphql.filters import (
    AppFilter,
    AppOrder,
    DeploymentFilter,
    DeploymentOrder,
    FlavourFilter,
    FlavourOrder,
    ReleaseApprovalFilter,
    ReleaseFilter,
    ReleaseOrder,
)
from kabinet_server.graphql.scalars import Embedding, UntypedParams
from kabinet_server.graphql.store import store_rows
from kabinet_server.selectors import bloks, releases, rows
from kabinet_server.selectors.scope import by_id

if TYPE_CHECKING:
    from kabinet_server.graphql.approval import ReleaseApproval
    from kabinet_server.graphql.deployment import Deployment
    from kabinet_server.graphql.flavour import Flavour

_FLAVOUR = strawberry.lazy("kabinet_server.graphql.flavour")
_DEPLOYMENT = strawberry.lazy("kabinet_server.graphql.deployment")
_APPROVAL = strawberry.lazy("kabinet_server.graphql.approval")
LazyFlavour = Annotated["Flavour", _FLAVOUR]
LazyDeployment = Annotated["Deployment", _DEPLOYMENT]
LazyApproval = Annotated["ReleaseApproval", _APPROVAL]


@strawberry_django.type(models.App, description="A program, whatever its version.")
class App:
    """Known by its identifier."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    identifier: str = strawberry_django.field(description="The name in its manifest.")
    descriptors: JSON = strawberry_django.field(description="Its descriptors.")
    releases: list[Release] = related_list(
        "Its versions and channels.",
        filters=ReleaseFilter,
        ordering=ReleaseOrder,
    )

    @strawberry_django.field(description="Its vector; none are made here.")
    def embedding(self: models.App) -> Embedding | None:
        """Return nothing."""
        return None

    @strawberry_django.field(description="The logo of its newest release that brings one.")
    def logo_blok(self: models.App) -> FlavourBlok | None:
        """Find it."""
        return logo_of(bloks.logo_of_app(self.pk))

    @strawberry_django.field(description="Its newest release that is no channel's.")
    def latest(self: models.App) -> Release | None:
        """Compare versions by their numbers."""
        return releases.latest_of(self.pk)  # type: ignore[return-value] # a row


@strawberry_django.type(models.Release, description="One version of an app, or a channel's head.")
class Release:
    """What is approved, in the flavours that are deployed."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    version: str = strawberry_django.field(description="The version.")
    app: App = strawberry_django.field(description="The app.")
    scopes: list[str] = strawberry_django.field(description="The scopes it asks for.")
    entrypoint: str = strawberry_django.field(description="What is started in the container.")
    channel: str | None = strawberry_django.field(description="The channel it is the head of.")
    revision: str | None = strawberry_django.field(description="The source it was built from.")
    original_logo: str | None = strawberry_django.field(description="Where its logo comes from.")
    logo: str | None = strawberry_django.field(description="The stored logo.")
    author: str = strawberry_django.field(description="Who publishes it.")
    description: str | None = strawberry_django.field(description="What it is.")
    released_at: datetime = strawberry_django.field(description="When it was built.")
    descriptors: JSON = strawberry_django.field(description="Its descriptors.")
    flavours: list[LazyFlavour] = offered_list(
        "The flavours it can be had in.",
        filters=FlavourFilter,
        ordering=FlavourOrder,
    )
    deployments: list[LazyDeployment] = related_list(
        "Where it runs.",
        filters=DeploymentFilter,
        ordering=DeploymentOrder,
    )
    approvals: list[LazyApproval] = related_list(
        "Its approvals, the newest first.",
        filters=ReleaseApprovalFilter,
    )
    approval_digest: str = strawberry_django.field(
        description="What an approval is given for; it changes with the content."
    )
    digest_pinned: bool = strawberry_django.field(
        field_name="is_digest_pinned", description="Whether all images are named by digest."
    )

    @strawberry_django.field(
        select_related=["app"],
        only=["version", "app__identifier"],
        description="The app and the version.",
    )
    def name(self: models.Release) -> str:
        """Join them."""
        return f"{self.app.identifier}:{self.version}"

    @strawberry_django.field(
        select_related=["app"],
        only=["version", "scopes", "requirements", "app__identifier"],
        description="The manifest a mandate for this release is made of.",
    )
    def mandate_manifest(self: models.Release) -> UntypedParams:
        """Return what the approval digest covers, as a manifest."""
        return UntypedParams(releases.mandate_manifest_of(self))

    @strawberry_django.field(description="The logo its flavours bring.")
    def logo_blok(self: models.Release) -> FlavourBlok | None:
        """Find it."""
        return logo_of(bloks.logo_of_release(self))


@strawberry.type
class Query:
    """Root fields of apps and releases."""

    apps: list[App] = store_rows(
        rows.apps_visible_to,
        filters=AppFilter,
        ordering=AppOrder,
        description="The apps of the store.",
    )
    releases: list[Release] = store_rows(
        rows.releases_visible_to,
        filters=ReleaseFilter,
        ordering=ReleaseOrder,
        description="The releases of the store, the newest first.",
    )

    @one_row(App, "One app.")
    def app(self, info: Info, id: strawberry.ID) -> QuerySet[models.App]:
        """Return the app."""
        return by_id(rows.apps_visible_to(principal_of(info)), id)

    @one_row(Release, "One release.")
    def release(self, info: Info, id: strawberry.ID) -> QuerySet[models.Release]:
        """Return the release."""
        return by_id(rows.releases_visible_to(principal_of(info)), id)
