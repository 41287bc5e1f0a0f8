"""Images that are brought in directly, without a repository."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from django.db.models import QuerySet

from chassis.definitions.graphql.declaration import (
    BlokImplementationInput,
    ImplementationInput,
    LockImplementationInput,
    StateImplementationInput,
)
from chassis.definitions.graphql.enums import AssetKind
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import one_row
from chassis.graphql.inputs import listing, maybe, plain
from kabinet_server import models
from kabinet_server.graphql.app import Release
from kabinet_server.graphql.scalars import UntypedParams
from kabinet_server.graphql.selector import RequirementInput, SelectorInput, selector_document
from kabinet_server.operations import image as operations
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import by_id


@strawberry.input(description="What an app says of itself.")
class ManifestInput:
    """Identity and scopes."""

    identifier: str = strawberry.field(description="The identifier of the app.")
    version: str = strawberry.field(description="The version.")
    author: str = strawberry.field(default="unknown", description="Who publishes it.")
    logo: str | None = maybe("Where its logo is.")
    scopes: list[str] = listing("The scopes it asks for.")
    entrypoint: str | None = maybe("What is started in the container.")


@strawberry.input(description="A file the app brings, as its image holds it.")
class InspectedAssetInput:
    """Known by the hash of its bytes."""

    name: str = strawberry.field(description="Its name.")
    kind: AssetKind = strawberry.field(description="What it is a file of.")
    ref: str = strawberry.field(description="`sha256:` and the hash of the bytes.")
    size: int | None = maybe("Its size.")
    source: str | None = maybe("Where it can be fetched.")
    path: str | None = maybe("Where it is in the image.")


@strawberry.input(description="What was found by asking the image.")
class InspectionInput:
    """What the app declares, and the services it needs."""

    size: int | None = maybe("The size of the image, in bytes.")
    locks: list[LockImplementationInput] = strawberry.field(description="Its locks.")
    implementations: list[ImplementationInput] = strawberry.field(description="What it offers.")
    states: list[StateImplementationInput] = strawberry.field(description="Its states.")
    bloks: list[BlokImplementationInput] = listing("Its bloks.")
    assets: list[InspectedAssetInput] = listing("Its files.")
    requirements: list[RequirementInput] = strawberry.field(description="Services it needs.")


@strawberry.input(description="Where an image can be pulled.")
class DockerImageInput:
    """A reference and a time."""

    image_string: str = strawberry.field(description="The reference to pull.")
    build_at: datetime = strawberry.field(description="When it was built.")


@strawberry.input(description="An image of an app.")
class AppImageInput:
    """As the command line tool describes it."""

    flavour_name: str | None = maybe("The flavour; vanilla if left out.")
    manifest: ManifestInput = strawberry.field(description="What the app says of itself.")
    selectors: list[SelectorInput] = strawberry.field(description="Where it may be placed.")
    app_image_id: str = strawberry.field(description="A unique id of the image.")
    inspection: InspectionInput = strawberry.field(description="What was found in it.")
    image: DockerImageInput = strawberry.field(description="Where it can be pulled.")
    capabilities: UntypedParams | None = maybe("What it must be granted, as the spec writes it.")


def _given(value: Any) -> Any:
    """Return an input as a document without what was left out."""
    if isinstance(value, dict):
        return {name: _given(one) for name, one in value.items() if one is not None}
    return [_given(one) for one in value] if isinstance(value, list) else value


def _document(image: AppImageInput) -> dict[str, Any]:
    document: dict[str, Any] = _given(plain(image))
    document["selectors"] = [selector_document(one) for one in image.selectors]
    for implementation in document["inspection"]["implementations"]:
        implementation.pop("instance_id", None)
    return document


@strawberry.type
class Mutation:
    """Mutations of images."""

    @one_row(Release, "Bring an image in, with its release and flavour.")
    def create_app_image(self, info: Info, input: AppImageInput) -> QuerySet[models.Release]:
        """Write it."""
        who = principal_of(info)
        made = operations.app_image_create(principal=who, document=_document(input))
        return by_id(rows.releases_visible_to(who), made.pk)
