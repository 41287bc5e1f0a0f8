"""What apps may be granted."""

from __future__ import annotations

import strawberry

from chassis.config import current
from chassis.graphql import Info, principal_of
from chassis.permissions import authorize
from fakts_server.config import FaktsConfig


@strawberry.type(description="Something an app may be allowed to do as a person.")
class Scope:
    """As the configuration lists it."""

    value: str = strawberry.field(description="The word that stands in tokens.")
    label: str = strawberry.field(description="A short name.")
    description: str = strawberry.field(description="What people read when they allow it.")


@strawberry.type
class Query:
    """Root fields of scopes."""

    @strawberry.field(description="The scopes apps can be granted.")
    def scopes(self, info: Info) -> list[Scope]:
        """Return the configured scopes."""
        authorize(principal_of(info), "app.read")
        known = current(FaktsConfig).scopes
        return [Scope(value=key, label=key, description=text) for key, text in known.items()]
