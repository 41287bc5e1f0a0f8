"""The whole GraphQL schema of the kabinet service: a list of its nouns."""

import strawberry

from chassis.graphql import build_schema
from kabinet_server.graphql.user import UserQuery


@strawberry.type
class Query(UserQuery):
    """Everything that can be read."""


schema = build_schema(query=Query)
