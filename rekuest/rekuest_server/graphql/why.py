"""Why a task is where it is."""

from __future__ import annotations

from datetime import datetime

import strawberry

from rekuest_server.selectors import why as why_selectors


@strawberry.type(description="Something that stands in a task's way, and how to remove it.")
class Blocker:
    """A code with words."""

    code: str = strawberry.field(description="A stable name of the reason.")
    message: str = strawberry.field(description="What is the matter.")
    way_out: str = strawberry.field(description="The cheapest way out.")
    since: datetime | None = strawberry.field(description="Since when it is so.")
    agent: strawberry.ID | None = strawberry.field(description="The agent it is about.")
    task: strawberry.ID | None = strawberry.field(description="The other task it is about.")


@strawberry.type(description="Why a task is where it is.")
class Why:
    """One sentence, and the blockers in the order in which to remove them."""

    summary: str = strawberry.field(description="One sentence.")
    blockers: list[Blocker] = strawberry.field(description="What stands in the way.")


def _id(number: int | None) -> strawberry.ID | None:
    return None if number is None else strawberry.ID(str(number))


def why_of(found: why_selectors.Why) -> Why:
    """Return the answer as its GraphQL type."""
    return Why(
        summary=found.summary,
        blockers=[
            Blocker(
                code=item.code,
                message=item.message,
                way_out=item.way_out,
                since=item.since,
                agent=_id(item.agent),
                task=_id(item.task),
            )
            for item in found.blockers
        ],
    )
