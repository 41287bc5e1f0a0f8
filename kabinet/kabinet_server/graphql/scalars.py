"""Scalars and enumerations of the schema beside those of the definition language."""

from __future__ import annotations

from typing import NewType

import strawberry

from chassis.definitions.graphql import scalars
from kabinet_server.domain import kinds

UntypedParams = NewType("UntypedParams", object)
Embedding = NewType("Embedding", str)

SCALARS = {
    **scalars.SCALARS,
    UntypedParams: strawberry.scalar(
        name="UntypedParams", description="Any JSON value of no declared form."
    ),
    Embedding: strawberry.scalar(
        name="Embedding", description="A vector with its model's name; none are made here."
    ),
}

PodStatus = kinds.PodStatus
strawberry.enum(PodStatus, name="PodStatus", description="Where a container is in its life.")
ScanState = kinds.ScanState
strawberry.enum(ScanState, name="ScanState", description="How the last reading of a source ended.")
LeaseMode = kinds.LeaseMode
strawberry.enum(LeaseMode, name="LeaseMode", description="How an accelerator is used.")
