"""Web apps of third parties that log people in here."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared, visible_rows
from fakts_server import models
from fakts_server.operations import web_app
from fakts_server.selectors.relying_party import web_apps_visible_to


@strawberry_django.type(models.RelyingParty, description="A web app people may log in to.")
class WebApp:
    """Registered for one organization by its admins."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    client_id: str = strawberry_django.field(description="Its OAuth client id.")
    name: str = strawberry_django.field(description="What people are shown.")
    redirect_uris: list[str] = strawberry_django.field(
        description="Where people come back to, compared letter by letter."
    )
    post_logout_redirect_uris: list[str] = strawberry_django.field(
        description="Where they may come back to after the log-out."
    )
    scopes: list[str] | None = strawberry_django.field(
        description="What it may ask for; null means all people can agree to."
    )
    services: list[str] = strawberry_django.field(description="Which services its tokens open.")
    created_at: datetime = strawberry_django.field(description="When it was registered.")

    @strawberry_django.field(description="Whether it has a secret.", only=["secret_hash"])
    def confidential(self: models.RelyingParty) -> bool:
        """An app that runs in the browser could not keep one."""
        return bool(self.secret_hash)


@strawberry.type(description="A web app, and its secret.")
class RegisteredWebApp:
    """The secret is not kept here and cannot be shown again."""

    secret: str | None = strawberry.field(description="Null for an app that runs in the browser.")
    web_app: WebApp = strawberry.field(description="The web app.")


@strawberry.input(description="Registers a web app of a third party.")
class RegisterWebAppInput:
    """For admins."""

    name: str = strawberry.field(description="What people are shown.")
    redirect_uris: list[str] = strawberry.field(
        description="`https`, or `http` on the loopback, or a scheme such as `org.example.app`."
    )
    post_logout_redirect_uris: list[str] = strawberry.field(
        default_factory=list, description="Where people may come back to after the log-out."
    )
    scopes: list[str] | None = strawberry.field(
        default=None, description="What it may ask for; null means all there are."
    )
    services: list[str] = strawberry.field(
        default_factory=list,
        description="Kinds of services its tokens open, e.g. `live.arkitekt.mikro`.",
    )
    confidential: bool = strawberry.field(
        default=False, description="Whether it runs on a server, which can keep a secret."
    )


@strawberry.input(description="Gives a web app a new secret.")
class RotateWebAppSecretInput:
    """The old one is refused at once."""

    id: strawberry.ID = strawberry.field(description="The web app.")


@strawberry.input(description="Removes a web app.")
class RemoveWebAppInput:
    """Everybody's sessions there end."""

    id: strawberry.ID = strawberry.field(description="The web app.")


@strawberry.type
class Query:
    """Root fields of web apps."""

    web_apps: list[WebApp] = visible_rows(
        web_apps_visible_to, description="The web apps of the organization; for admins."
    )


@strawberry.type
class Mutation:
    """Changes of web apps."""

    @strawberry_django.mutation(description="Register a web app.")
    def register_web_app(self, info: Info, input: RegisterWebAppInput) -> RegisteredWebApp:
        """Register it."""
        party, key = web_app.web_app_register(
            principal=principal_of(info),
            wish=web_app.WebAppWish(
                name=input.name,
                redirect_uris=input.redirect_uris,
                post_logout_redirect_uris=input.post_logout_redirect_uris,
                scopes=input.scopes,
                services=input.services,
                is_confidential=input.confidential,
            ),
        )
        return RegisteredWebApp(secret=key, web_app=as_declared(party))

    @strawberry_django.mutation(description="Give a web app a new secret.")
    def rotate_web_app_secret(self, info: Info, input: RotateWebAppSecretInput) -> RegisteredWebApp:
        """Rotate it."""
        party, key = web_app.web_app_rotate(principal=principal_of(info), web_app_id=input.id)
        return RegisteredWebApp(secret=key, web_app=as_declared(party))

    @strawberry_django.mutation(description="Remove a web app; returns its id.")
    def remove_web_app(self, info: Info, input: RemoveWebAppInput) -> strawberry.ID:
        """Remove it."""
        web_app.web_app_remove(principal=principal_of(info), web_app_id=input.id)
        return input.id
