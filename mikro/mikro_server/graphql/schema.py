"""The whole GraphQL schema of the mikro service: a list of its nouns."""

import strawberry

from chassis.graphql import build_schema
from mikro_server.graphql.user import UserQuery


@strawberry.type
class Query(UserQuery):
    """Everything that can be read."""


schema = build_schema(query=Query)
