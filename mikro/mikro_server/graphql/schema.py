"""The whole schema: the list of the noun files."""

from __future__ import annotations

import strawberry

from chassis.background import graphql as background
from chassis.config import current
from chassis.graphql import build_schema
from mikro_server.config import MikroConfig
from mikro_server.graphql import (
    annotation,
    annotation_feed,
    array,
    browse,
    coordinate,
    file,
    folder,
    lens,
    metric,
    quota,
    scalars,
    stats,
    storage,
    store,
    table,
    transformation,
    user,
    vocabulary,
)

NOUNS = (user, folder, file, array, table, coordinate, transformation, lens, annotation, metric)
READ = (*NOUNS, browse, stats, storage, quota, background)
#: Enums are registered by importing them.
ENUMS = vocabulary


def _merged(name: str, description: str, *parts: type) -> type:
    return strawberry.type(type(name, parts, {"__doc__": description}), description=description)


SCHEMA = build_schema(
    query=_merged("Query", "What can be read.", *(noun.Query for noun in READ)),
    mutation=_merged(
        "Mutation",
        "What can be changed.",
        store.Mutation,
        *(noun.Mutation for noun in NOUNS if noun is not user),
        storage.Mutation,
        quota.Mutation,
        background.Mutation,
    ),
    subscription=_merged(
        "Subscription", "What is told.", file.Subscription, annotation_feed.Subscription
    ),
    # Members of interfaces, which no field names.
    types=[*transformation.MEMBERS, *lens.MEMBERS],
    scalars=scalars.SCALARS,
    limits=current(MikroConfig).limits,
)
