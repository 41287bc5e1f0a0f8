"""Who is behind a row: organization, user, client with its release and device."""

from __future__ import annotations

import strawberry
import strawberry_django

from chassis.graphql import Info, principal_of
from kabinet_server import models
from kabinet_server.selectors.caller import caller_get


@strawberry_django.type(models.Organization, description="A tenant; everything belongs to one.")
class Organization:
    """Named by its slug."""

    slug: str = strawberry_django.field(description="The readable name.")


@strawberry_django.type(models.User, description="A person or service account.")
class User:
    """As the access token names it."""

    sub: strawberry.ID = strawberry_django.field(
        field_name="id", description="The subject of the access token."
    )
    preferred_username: str = strawberry_django.field(
        field_name="username", description="The name they log in with."
    )


@strawberry.type(description="A program as its access token names it.")
class ClientApp:
    """Known by its identifier."""

    id: strawberry.ID = strawberry.field(description="The identifier.")
    identifier: str = strawberry.field(description="The identifier.")


@strawberry.type(description="One version of a program.")
class ClientRelease:
    """An app and a version."""

    id: strawberry.ID = strawberry.field(description="The identifier and the version.")
    app: ClientApp = strawberry.field(description="The app.")
    version: str = strawberry.field(description="The version.")


@strawberry.type(description="A machine that apps run on.")
class Device:
    """Known by what it calls itself."""

    id: strawberry.ID = strawberry.field(description="The id of the device.")
    device_id: strawberry.ID = strawberry.field(description="The id of the device.")


@strawberry_django.type(models.Client, description="An installed app of an organization.")
class Client:
    """The OAuth client of an access token."""

    id: strawberry.ID = strawberry_django.field(description="The client id.")

    @strawberry_django.field(only=["id", "app"], description="The identifier of its app.")
    def name(self: models.Client) -> str:
        """Return the app, or the id where the token names none."""
        return self.app or self.pk

    @strawberry_django.field(only=["id"], description="The client id of the access token.")
    def client_id(self: models.Client) -> str:
        """Return the key."""
        return self.pk

    @strawberry_django.field(only=["app", "version"], description="The release it runs.")
    def release(self: models.Client) -> ClientRelease | None:
        """Return what the token said."""
        if not self.app:
            return None
        app = ClientApp(id=strawberry.ID(self.app), identifier=self.app)
        return ClientRelease(
            id=strawberry.ID(f"{self.app}:{self.version}"), app=app, version=self.version
        )

    @strawberry_django.field(only=["device"], description="The machine it runs on.")
    def device(self: models.Client) -> Device | None:
        """Return what the token said."""
        name = strawberry.ID(self.device)
        return Device(id=name, device_id=name) if self.device else None


@strawberry.type
class Query:
    """Root fields about people."""

    @strawberry.field(description="The user whose access token the request carries.")
    def me(self, info: Info) -> User:
        """Answer from the verified token."""
        caller = caller_get(principal=principal_of(info))
        return models.User(id=caller.subject, username=caller.username)  # type: ignore[return-value] # a row
