"""Apps, their releases and the clients of those."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.scalars import JSON

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import BoundedField, Found, PathField, column, visible_rows
from fakts_server import models
from fakts_server.graphql.media import MediaStore, no_picture
from fakts_server.graphql.person import User
from fakts_server.graphql.scalars import AppIdentifier, Version
from fakts_server.selectors import directory
from fakts_server.selectors.scope import row_ids

if TYPE_CHECKING:
    from fakts_server.graphql.mandate import Mandate
    from fakts_server.graphql.service import ServiceInstanceMapping

LazyMandate = Annotated["Mandate", strawberry.lazy("fakts_server.graphql.mandate")]
LazyMapping = Annotated["ServiceInstanceMapping", strawberry.lazy("fakts_server.graphql.service")]


@strawberry.enum(description="What kind of program a client is.")
class ClientKind(enum.Enum):
    """As the app said when it asked to be let in."""

    DEVELOPMENT = "development"
    WEBSITE = "website"
    DESKTOP = "desktop"
    MOBILE = "mobile"
    HUB = "hub"
    RELYING_PARTY = "relying_party"


@strawberry.enum(description="Whether a person sits in front of a client.")
class ClientRole(enum.Enum):
    """As the app said when it asked to be let in."""

    INTERFACE = "interface"
    AGENT = "agent"


@strawberry_django.filter_type(models.App, description="Narrows a list of apps.")
class AppFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the identifier.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the identifier."""
        return Q(**{f"{prefix}identifier__icontains": value})


@strawberry_django.filter_type(models.Client, description="Narrows a list of clients.")
class ClientFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the identifier of the app.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the identifier."""
        return Q(**{f"{prefix}release__app__identifier__icontains": value})

    @strawberry_django.filter_field(description="By whether a person sits in front of it.")
    def role(self, value: ClientRole, prefix: str) -> Q:
        """Compare the role."""
        return Q(**{f"{prefix}role": value.value})


@strawberry.type(description="Where the source of an app can be read.")
class PublicSource:
    """As the manifest says."""

    kind: str = strawberry.field(description="What it is, e.g. `github`.")
    url: str = strawberry.field(description="Its address.")


@strawberry_django.type(models.Device, description="A machine apps run on.")
class Device:
    """Known by a hash that differs between organizations."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str | None = strawberry_django.field(description="What people call it.")
    device_id: strawberry.ID = strawberry_django.field(
        field_name="fingerprint", description="Its id, hashed for this organization."
    )
    node_id: strawberry.ID = strawberry_django.field(
        field_name="fingerprint",
        description="Its id, hashed for this organization.",
        deprecation_reason="Use deviceId.",
    )
    clients: list[Client] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="What runs on it."
    )


@strawberry_django.type(models.App, description="A program.")
class App:
    """Known by its identifier."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    identifier: AppIdentifier = strawberry_django.field(
        description="Its identifier, in reverse domain notation."
    )
    name: str = strawberry_django.field(description="Its name.")
    releases: list[Release] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="Its versions."
    )
    logo: MediaStore | None = strawberry.field(description="Its logo.", resolver=no_picture)


@strawberry_django.type(models.Release, description="One version of an app.")
class Release:
    """As its manifest last described it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    app: App = strawberry_django.field(description="The app it is a version of.")
    version: Version = strawberry_django.field(description="The version.")
    scopes: list[str] = strawberry_django.field(description="What it asks to do as a person.")
    requirements: list[JSON] = strawberry_django.field(description="The services it needs.")
    clients: list[Client] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="Its installed copies."
    )
    logo: MediaStore | None = strawberry.field(description="Its logo.", resolver=no_picture)


@strawberry_django.type(models.Client, description="One installed copy of a release.")
class Client:
    """It acts for one member of the organization."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    client_id: str = strawberry_django.field(description="Its OAuth client id.")
    release: Release | None = strawberry_django.field(description="What it is a copy of.")
    mandate: LazyMandate | None = strawberry_django.field(
        description="The mandate it logs in with, if it does so by key."
    )
    node: Device | None = strawberry_django.field(
        field_name="device", description="The machine it runs on."
    )
    mappings: list[LazyMapping] = strawberry_django.field(description="What it is wired to.")
    user: User | None = strawberry_django.field(
        field_cls=PathField, field_name="membership__user", description="For whom it acts."
    )
    logo: MediaStore | None = strawberry.field(description="Its logo.", resolver=no_picture)
    last_reported_at: datetime | None = strawberry_django.field(
        description="When it last reported what it can reach."
    )
    granted_scopes: list[str] = strawberry_django.field(description="What it was granted.")

    @column(
        "client_id",
        "release__version",
        "release__app__identifier",
        "membership__user__username",
        "device__name",
        description="A label made of app, version, person and machine.",
    )
    def name(self: models.Client) -> str:
        """Put the parts together."""
        parts = [self.client_id]
        if self.release is not None:
            parts = [f"{self.release.app.identifier}:{self.release.version}"]
        if self.membership is not None:
            parts.append(f"by {self.membership.user.username}")
        if self.device is not None and self.device.name:
            parts.append(f"on {self.device.name}")
        return " ".join(parts)

    @column("functional", description="Whether it last reported that all it needs is reachable.")
    def functional(self: models.Client) -> bool:
        """Nothing reported counts as well."""
        return self.functional is not False

    @column("client_type", description="Whether it holds no secret.")
    def public(self: models.Client) -> bool:
        """Look at its type."""
        return self.client_type == models.Client.CLIENT_PUBLIC

    @column("kind", description="What kind of program it is.")
    def kind(self: models.Client) -> ClientKind:
        """Return the kind."""
        return ClientKind(self.kind)

    @column("role", description="Whether a person sits in front of it.")
    def role(self: models.Client) -> ClientRole:
        """Return the role."""
        return ClientRole(self.role)

    @column("release__public_sources", description="Where its source can be read.")
    def public_sources(self: models.Client) -> list[PublicSource]:
        """Return what the manifest says."""
        sources = self.release.public_sources if self.release is not None else []
        return [PublicSource(kind=item["kind"], url=item["url"]) for item in sources]

    @column(
        "release__public_sources",
        description="Where its source lives, if the manifest says so.",
    )
    def issue_url(self: models.Client) -> str | None:
        """Return the first source."""
        sources = self.release.public_sources if self.release is not None else []
        return sources[0]["url"] if sources else None


@strawberry.type
class Query:
    """Root fields of apps."""

    apps: list[App] = visible_rows(
        directory.apps_visible_to,
        filters=AppFilter,
        description="The apps of the organization.",
    )
    releases: list[Release] = visible_rows(
        directory.releases_visible_to, description="The releases of the organization's apps."
    )
    clients: list[Client] = visible_rows(
        directory.clients_visible_to,
        filters=ClientFilter,
        description="The clients of the organization.",
    )

    @strawberry_django.field(
        graphql_type=App | None,
        extensions=[Found()],
        description="One app, by id, identifier or a client of it.",
    )
    def app(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        identifier: AppIdentifier | None = None,
        client_id: strawberry.ID | None = None,
    ) -> QuerySet[models.App]:
        """Return the app."""
        return directory.app_get(
            principal_of(info), app_id=id, identifier=identifier, client_id=client_id
        )

    @strawberry_django.field(
        graphql_type=Release | None,
        extensions=[Found()],
        description="One release, by id, by app and version, or by a client of it.",
    )
    def release(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        identifier: AppIdentifier | None = None,
        version: Version | None = None,
        client_id: strawberry.ID | None = None,
    ) -> QuerySet[models.Release]:
        """Return the release."""
        return directory.release_get(
            principal_of(info),
            release_id=id,
            identifier=identifier,
            version=version,
            client_id=client_id,
        )

    @strawberry_django.field(
        graphql_type=Client | None,
        extensions=[Found()],
        description="One client, by id or OAuth client id.",
    )
    def client(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        client_id: strawberry.ID | None = None,
    ) -> QuerySet[models.Client]:
        """Return the client."""
        return directory.client_get(principal_of(info), row=id, client_id=client_id)

    @strawberry_django.field(
        graphql_type=list[Client], description="The clients that act for the person who asks."
    )
    def my_managed_clients(self, info: Info, kind: ClientKind) -> QuerySet[models.Client]:
        """Return the person's clients of a kind."""
        return directory.clients_of_self(principal_of(info), kind.value)
