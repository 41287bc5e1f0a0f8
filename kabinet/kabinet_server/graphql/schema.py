"""The whole schema: the list of the noun files."""

from __future__ import annotations

import strawberry

from chassis.background import graphql as background
from chassis.config import current
from chassis.definitions.graphql import port, widget
from chassis.graphql import build_schema
from kabinet_server.config import KabinetConfig
from kabinet_server.graphql import (
    app,
    approval,
    backend,
    blok,
    definition,
    deployment,
    flavour,
    identity,
    image,
    match,
    pod,
    repo,
    repo_stats,
    scalars,
    selector,
)

_QUERIES = (
    *(identity, app, flavour, definition, repo, repo_stats, backend, deployment, pod, approval),
    *(blok, match, background),
)
_MUTATIONS = (repo, image, backend, deployment, pod, approval, background)


def _root(name: str, description: str, parts: tuple[type, ...]) -> type:
    return strawberry.type(type(name, parts, {"__doc__": description}), description=description)


SCHEMA = build_schema(
    query=_root("Query", "What can be read.", tuple(noun.Query for noun in _QUERIES)),
    mutation=_root("Mutation", "What can be changed.", tuple(noun.Mutation for noun in _MUTATIONS)),
    subscription=pod.Subscription,
    # Members of interfaces, which no field names.
    types=[*selector.MEMBERS, *widget.MEMBERS, *port.EFFECTS],
    scalars=scalars.SCALARS,
    limits=current(KabinetConfig).limits,
)
