"""What apps may be granted."""

from __future__ import annotations

import strawberry
import strawberry_django

from chassis.graphql import Info, principal_of
from fakts_server.selectors.directory import scopes_visible_to


@strawberry.type(description="Something an app may be allowed to do as a person.")
class Scope:
    """Listed in the configuration, or declared by a service of the organization."""

    value: str = strawberry.field(description="The word that stands in tokens.")
    label: str = strawberry.field(description="A short name.")
    description: str = strawberry.field(description="What people read when they allow it.")


@strawberry.type
class Query:
    """Root fields of scopes."""

    @strawberry_django.field(description="The scopes apps can be granted.")
    def scopes(self, info: Info) -> list[Scope]:
        """Return the known scopes."""
        known = scopes_visible_to(principal_of(info))
        return [Scope(value=key, label=key, description=text) for key, text in known.items()]
