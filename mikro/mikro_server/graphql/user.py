"""The person behind a request."""

from __future__ import annotations

import strawberry

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import as_declared
from mikro_server.graphql.identity import User
from mikro_server.models import User as UserRow
from mikro_server.selectors.caller import caller_get


@strawberry.type
class Query:
    """Root fields about people."""

    @strawberry.field(description="The user whose access token the request carries.")
    def me(self, info: Info) -> User:
        """Answer from the verified token."""
        caller = caller_get(principal=principal_of(info))
        return as_declared(UserRow(id=caller.subject, preferred_username=caller.username))
