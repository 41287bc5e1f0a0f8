"""The person behind a request."""

import strawberry

from chassis.graphql import principal_of
from kabinet_server.selectors.caller import caller_get


@strawberry.type(description="A person, as the access token names them.")
class User:
    """Built from the token alone: this service keeps no accounts."""

    sub: strawberry.ID = strawberry.field(description="The subject identifier of the user.")
    preferred_username: str = strawberry.field(description="The name the user logs in with.")


@strawberry.type
class UserQuery:
    """Root fields about people."""

    @strawberry.field(description="The user whose access token the request carries.")
    def me(self, info: strawberry.Info) -> User:
        """Answer from the verified token."""
        caller = caller_get(principal=principal_of(info))
        return User(sub=strawberry.ID(caller.subject), preferred_username=caller.username)
