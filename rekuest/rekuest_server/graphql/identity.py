"""Who is behind a row: organization, user, client, app, release, device, caller."""

from __future__ import annotations

import strawberry
import strawberry_django

from rekuest_server import models


@strawberry_django.type(models.Organization, description="A tenant; everything belongs to one.")
class Organization:
    """Named by its slug."""

    slug: str = strawberry_django.field(description="The readable name.")


@strawberry_django.type(models.User, description="A person or service account.")
class User:
    """As the access token names it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    sub: strawberry.ID = strawberry_django.field(description="The subject of the access token.")


@strawberry_django.type(models.App, description="A program, whatever its version.")
class App:
    """Named by its identifier."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    identifier: str = strawberry_django.field(description="The name in its manifest.")


@strawberry_django.type(models.Release, description="One version of an app.")
class Release:
    """An app and a version."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    app: App = strawberry_django.field(description="The app.")
    version: str = strawberry_django.field(description="The version in its manifest.")


@strawberry_django.type(models.Device, description="A machine that apps run on.")
class Device:
    """Named by its own id."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    device_id: strawberry.ID = strawberry_django.field(description="What the machine calls itself.")


@strawberry_django.type(models.Client, description="An installed app of an organization.")
class Client:
    """The OAuth client of an access token."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    client_id: str = strawberry_django.field(description="The client id of the access token.")
    release: Release | None = strawberry_django.field(description="The release it runs.")
    device: Device | None = strawberry_django.field(description="The machine it runs on.")


@strawberry_django.type(models.Caller, description="Who asks for tasks.")
class Caller:
    """A client, used by a user in an organization."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    client: Client = strawberry_django.field(description="The client.")
    user: User = strawberry_django.field(description="The user.")
    organization: Organization = strawberry_django.field(description="The organization.")
