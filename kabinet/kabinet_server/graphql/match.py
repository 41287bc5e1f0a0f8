"""Which flavour fits which resource, and why the others do not."""

from __future__ import annotations

import strawberry
import strawberry_django

from chassis.definitions.graphql.scalars import ActionHash
from chassis.graphql import Info, principal_of
from kabinet_server.domain.matching import Candidate
from kabinet_server.graphql.backend import Resource
from kabinet_server.graphql.flavour import Flavour
from kabinet_server.selectors import matching


@strawberry.type(description="A flavour held against a resource.")
class FlavourMatch:
    """Whether it fits, how well, and else why not."""

    flavour: Flavour = strawberry.field(description="The flavour.")
    resource: Resource = strawberry.field(description="The resource.")
    fits: bool = strawberry.field(description="Whether it can be placed there.")
    score: int = strawberry.field(description="The sum of the wishes that hold.")
    reasons: list[str] = strawberry.field(description="Why it does not fit.")


@strawberry.type(description="Flavours held against resources.")
class Placement:
    """The best first."""

    fits: list[FlavourMatch] = strawberry.field(description="What fits, the best first.")
    misfits: list[FlavourMatch] = strawberry.field(description="What does not, the nearest first.")
    nearest: FlavourMatch | None = strawberry.field(
        description="The nearest fit, where nothing fits."
    )
    explanation: str = strawberry.field(description="Why what does not fit does not, in one text.")


@strawberry.type
class Query:
    """Root fields of matching."""

    @strawberry_django.field(
        description="Hold flavours against the resources of backends. Ask for exactly one of "
        "release, definition, hash and flavour; a backend narrows it to its resources."
    )
    def match_flavours(
        self,
        info: Info,
        release: strawberry.ID | None = None,
        definition: strawberry.ID | None = None,
        hash: ActionHash | None = None,
        flavour: strawberry.ID | None = None,
        backend: strawberry.ID | None = None,
    ) -> Placement:
        """Match them."""
        found = matching.match(
            principal=principal_of(info),
            release_id=release,
            definition_id=definition,
            definition_hash=hash,
            flavour_id=flavour,
            backend_id=backend,
        )

        def shown(one: Candidate) -> FlavourMatch:
            return FlavourMatch(
                flavour=found.flavours[one.flavour.id],  # type: ignore[arg-type] # a row
                resource=found.resources[one.resource.id],  # type: ignore[arg-type] # a row
                fits=one.verdict.fits,
                score=one.verdict.score,
                reasons=list(one.verdict.reasons),
            )

        nearest = found.placement.nearest
        return Placement(
            fits=[shown(one) for one in found.placement.fits],
            misfits=[shown(one) for one in found.placement.misfits],
            nearest=None if nearest is None else shown(nearest),
            explanation=found.placement.explanation(),
        )
