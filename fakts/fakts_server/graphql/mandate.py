"""Mandates: what lets apps log in without a person."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet

from chassis import clock
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import BoundedField, Found, PathField, as_declared, column, visible_rows
from fakts_server import models
from fakts_server.domain.mandate import is_live
from fakts_server.graphql.app import Client, Device
from fakts_server.graphql.hub import Hub
from fakts_server.graphql.mandate_input import (
    CreateMandateInput,
    IssueChildMandateKeyInput,
    IssueMandateKeyInput,
    RevokeMandateInput,
)
from fakts_server.graphql.person import User
from fakts_server.operations.mandate_issue import (
    Ceiling,
    mandate_child_key_issue,
    mandate_create,
    mandate_key_issue,
    mandate_withdraw,
)
from fakts_server.selectors.mandate import live, mandate_get, mandates_visible_to
from fakts_server.selectors.scope import row_ids


@strawberry.enum(description="Who may use a mandate.")
class MandateClaimant(enum.Enum):
    """A holder of its key, or an app that issues keys under it."""

    KEY = "key"
    AGENT = "agent"


@strawberry.enum(description="Who issued a mandate; it dies with its issuer.")
class MandateOrigin(enum.Enum):
    """Where it comes from."""

    MEMBER = "member"
    CLIENT = "client"
    AGENT = "agent"
    HUB = "hub"
    CONFIG = "config"


@strawberry.enum(description="Why a mandate stopped working.")
class MandateRevocation(enum.Enum):
    """The reason."""

    REVOKED = "revoked"
    PARENT_REVOKED = "parent_revoked"
    ISSUER_REVOKED = "issuer_revoked"
    REMOVED_FROM_CONFIG = "removed_from_config"
    SUPERSEDED = "superseded"
    ORGANIZATION_REVOKED = "organization_revoked"


@strawberry_django.filter_type(models.Mandate, description="Narrows a list of mandates.")
class MandateFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the label or the app.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the words."""
        app = Q(**{f"{prefix}pin_identifier__icontains": value})
        return app | Q(**{f"{prefix}label__icontains": value})

    @strawberry_django.filter_field(description="By whether it still works.")
    def live(self, value: bool, prefix: str) -> Q:
        """Compare the end and the withdrawal."""
        return live(prefix) if value else ~live(prefix)


@strawberry.type(description="A requirement as a mandate pins it.")
class RequirementPin:
    """One service an app may be wired to."""

    key: str = strawberry.field(description="The app's own key.")
    service: str = strawberry.field(description="The kind of service.")


@strawberry.type(description="What a mandate admits at most; a null field is open.")
class MandatePin:
    """The app, and the ceilings put on it."""

    identifier: str | None = strawberry.field(description="The app; null means any.")
    version: str | None = strawberry.field(description="The version; null means any.")
    device_id: str | None = strawberry.field(description="The hashed device; null means any.")
    scopes: list[str] | None = strawberry.field(description="The most scopes it may ask for.")
    requirements: list[RequirementPin] | None = strawberry.field(
        description="The most services it may ask for."
    )


@strawberry_django.type(
    models.Mandate, description="A standing authority for an app to log in as its grantor."
)
class Mandate:
    """Used by whoever holds its key, or by the agent app that issues keys under it."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    hub: Hub = strawberry_django.field(description="What its clients are composed against.")
    label: str = strawberry_django.field(description="What people call it.")
    key_prefix: str = strawberry_django.field(
        description="The first characters of its key, to recognise it by."
    )
    agent_device: Device | None = strawberry_django.field(
        description="The machine its agent must run on."
    )
    agent_user: User | None = strawberry_django.field(
        description="The person its agent must act for."
    )
    attestation: str = strawberry_django.field(description="A note of the approving service.")
    max_clients: int | None = strawberry_django.field(
        description="On how many devices its key works, or how many keys it may have."
    )
    allow_mesh: bool = strawberry_django.field(description="Whether its clients may join a mesh.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    expires_at: datetime | None = strawberry_django.field(description="When it ends.")
    revoked_at: datetime | None = strawberry_django.field(description="When it was withdrawn.")
    last_used_at: datetime | None = strawberry_django.field(
        description="When its key was used last, to the minute."
    )
    clients: list[Client] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="Who logged in with its key."
    )
    parent: Mandate | None = strawberry_django.field(
        description="The agent mandate it was issued under."
    )
    children: list[Mandate] = strawberry_django.field(
        field_cls=BoundedField, pagination=True, description="The keys issued under it."
    )
    issuing_client: Client | None = strawberry_django.field(description="The app that issued it.")
    grantor: User = strawberry_django.field(
        field_cls=PathField, field_name="grantor__user", description="As whom its clients act."
    )

    @column("agent_identifier", description="The app that may issue keys under it.")
    def agent_identifier(self: models.Mandate) -> str | None:
        """None for a key."""
        return self.agent_identifier or None

    @column("claimant", description="Who may use it.")
    def claimant(self: models.Mandate) -> MandateClaimant:
        """Return the claimant."""
        return MandateClaimant(self.claimant)

    @column("origin", description="Who issued it.")
    def origin(self: models.Mandate) -> MandateOrigin:
        """Return the origin."""
        return MandateOrigin(self.origin)

    @column("revocation_reason", description="Why it was withdrawn.")
    def revocation_reason(self: models.Mandate) -> MandateRevocation | None:
        """None while it works."""
        return MandateRevocation(self.revocation_reason) if self.revocation_reason else None

    @column("revoked_at", "expires_at", description="Whether it still works.")
    def is_live(self: models.Mandate) -> bool:
        """Look at the end and the withdrawal."""
        return is_live(self.revoked_at, self.expires_at, clock.now())

    @column(
        "pin_identifier",
        "pin_version",
        "pin_device",
        "pin_scopes",
        "pin_requirements",
        description="The app it admits, and the ceilings it puts on it.",
    )
    def subject(self: models.Mandate) -> MandatePin:
        """Put the pins together."""
        wired = self.pin_requirements
        return MandatePin(
            identifier=self.pin_identifier,
            version=self.pin_version,
            device_id=self.pin_device,
            scopes=self.pin_scopes,
            requirements=None if wired is None else [RequirementPin(**item) for item in wired],
        )


@strawberry.type(description="A new mandate and its key, which is shown only here, once.")
class IssuedMandateKey:
    """Hand the key to the app as FAKTS_MANDATE_KEY."""

    mandate: Mandate = strawberry.field(description="The mandate.")
    key: str = strawberry.field(description="The key; only its hash is kept.")
    client_id: str | None = strawberry.field(
        description="The client id the app will have, where the key is for one device."
    )


@strawberry.type
class Query:
    """Root fields of mandates."""

    mandates: list[Mandate] = visible_rows(
        mandates_visible_to,
        filters=MandateFilter,
        description="Those the person granted and those of the app; admins see all.",
    )

    @strawberry_django.field(
        graphql_type=Mandate | None, extensions=[Found()], description="One mandate."
    )
    def mandate(self, info: Info, id: strawberry.ID) -> QuerySet[models.Mandate]:
        """Return the mandate."""
        return mandate_get(principal_of(info), id)


@strawberry.type
class Mutation:
    """Changes of mandates."""

    @strawberry_django.mutation(
        graphql_type=Mandate, description="Let an agent app issue keys for a subject app."
    )
    def create_mandate(self, info: Info, input: CreateMandateInput) -> models.Mandate:
        """Create the mandate."""
        return mandate_create(
            principal=principal_of(info),
            ceiling=Ceiling(input.manifest.body(), input.hub, input.max_clients),
            agent=input.agent,
            attestation=input.attestation or "",
            agent_device_id=input.agent_device_id,
            agent_user=input.agent_user,
            expires_in_days=input.expires_in_days,
        )

    @strawberry_django.mutation(description="Issue a key for an app, acting as the caller.")
    def issue_mandate_key(self, info: Info, input: IssueMandateKeyInput) -> IssuedMandateKey:
        """Issue the key."""
        ceiling = Ceiling(input.manifest.body(), input.hub, input.max_clients, input.label or "")
        mandate, key = mandate_key_issue(
            principal=principal_of(info),
            ceiling=ceiling,
            expires_in_days=input.expires_in_days,
            any_version=input.any_version,
            allow_mesh=input.allow_mesh,
        )
        return _issued(mandate, key)

    @strawberry_django.mutation(description="Issue a key under a mandate, as its agent.")
    def issue_child_mandate_key(
        self, info: Info, input: IssueChildMandateKeyInput
    ) -> IssuedMandateKey:
        """Issue the key."""
        mandate, key = mandate_child_key_issue(
            principal=principal_of(info),
            mandate_id=input.mandate,
            device_id=input.device_id,
            expires_in_days=input.expires_in_days,
            label=input.label or "",
        )
        return _issued(mandate, key)

    @strawberry_django.mutation(
        graphql_type=Mandate, description="Withdraw a mandate and everything under it."
    )
    def revoke_mandate(self, info: Info, input: RevokeMandateInput) -> models.Mandate:
        """Withdraw the mandate."""
        return mandate_withdraw(principal=principal_of(info), mandate_id=input.id)


def _issued(mandate: models.Mandate, key: str) -> IssuedMandateKey:
    # The library resolves fields of a model behind its type, which mypy cannot know.
    return IssuedMandateKey(
        mandate=as_declared(mandate),
        key=key,
        client_id=mandate.client_id_offered or None,
    )
