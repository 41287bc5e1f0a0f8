"""Who is behind a row: organization, user, client and task."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django

from mikro_server import models


@strawberry_django.type(models.Organization, description="A tenant; everything belongs to one.")
class Organization:
    """As the access token names it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the organization.")
    slug: str = strawberry_django.field(description="The readable name.")


@strawberry_django.type(models.User, description="A person or service account.")
class User:
    """As the access token names it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    preferred_username: str = strawberry_django.field(description="The name they log in with.")

    @strawberry_django.field(only=["id"], description="The subject of the access token.")
    def sub(self: models.User) -> str:
        """Return the key, which is the subject."""
        return self.pk


@strawberry_django.type(models.Client, description="An installed app.")
class Client:
    """As the access token names it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="The identifier of the app.")

    @strawberry_django.field(only=["id"], description="The client id of the access token.")
    def client_id(self: models.Client) -> str:
        """Return the key, which is the client id."""
        return self.pk


@strawberry_django.type(models.Task, description="A run of an action that made something here.")
class Task:
    """As the signed header of the request says."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    task_id: str = strawberry_django.field(description="The id the broker gave it.")
    parent_task_id: str | None = strawberry_django.field(description="The task that asked for it.")
    root_task_id: str = strawberry_django.field(description="The task its run started with.")
    assigner: User | None = strawberry_django.field(description="The person at its root, if known.")
    assigner_sub: str = strawberry_django.field(description="The subject of that person.")
    caller_sub: str = strawberry_django.field(description="The subject of who called.")
    agent_sub: str = strawberry_django.field(description="The subject of the agent.")
    agent_client_id: str = strawberry_django.field(description="The client id of the agent.")
    issuer: str = strawberry_django.field(description="The broker that signed.")
    token_id: str = strawberry_django.field(description="The id of the signed token.")
    args_hash: str = strawberry_django.field(description="The digest of the arguments.")
    args_hash_algorithm: str = strawberry_django.field(description="How the digest is made.")
    organization: Organization = strawberry_django.field(description="The tenant.")
    created_at: datetime = strawberry_django.field(description="When it was first seen here.")
