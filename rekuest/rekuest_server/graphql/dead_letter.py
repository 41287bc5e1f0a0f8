"""Dead letters: frames of agents that could not be used, for admins."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import visible_rows
from rekuest_server import models
from rekuest_server.graphql.agent import Agent
from rekuest_server.operations import dead_letter_admin as operations
from rekuest_server.selectors import agent as agent_selectors
from rekuest_server.selectors.scope import row_ids


@strawberry_django.filter_type(models.DeadLetter, description="Narrows a list of dead letters.")
class DeadLetterFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="By the agent that sent them.")
    def agent(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the agent."""
        return Q(**{f"{prefix}agent__in": row_ids([value])})

    @strawberry_django.filter_field(description="By the task they name.")
    def task(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the task."""
        return Q(**{f"{prefix}task_id__in": row_ids([value])})

    @strawberry_django.filter_field(description="Text in the reason.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the reason."""
        return Q(**{f"{prefix}reason__icontains": value})


@strawberry_django.type(models.DeadLetter, description="A frame that could not be used.")
class DeadLetter:
    """It was acknowledged, so its agent goes on."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    agent: Agent = strawberry_django.field(description="Who sent it.")
    session_id: str | None = strawberry_django.field(description="The journal it was in.")
    pos: int | None = strawberry_django.field(description="Its position there.")
    task_id: strawberry.ID | None = strawberry_django.field(description="The task it names.")
    reason: str = strawberry_django.field(description="Why it could not be used.")
    frame: str = strawberry_django.field(description="The frame, cut if it was too large.")
    size: int = strawberry_django.field(description="How many bytes it had.")
    created_at: datetime = strawberry_django.field(description="When it was set aside.")


@strawberry.type
class Query:
    """Root fields of dead letters."""

    dead_letters: list[DeadLetter] = visible_rows(
        agent_selectors.dead_letters_visible_to,
        filters=DeadLetterFilter,
        description="What was set aside, newest first; for admins.",
    )


@strawberry.type
class Mutation:
    """Root fields by which admins handle dead letters."""

    @strawberry.mutation(description="Try a frame again and forget the letter.")
    async def replay_dead_letter(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        """Return the id it had."""
        return strawberry.ID(
            await operations.dead_letter_replay(principal=principal_of(info), letter=id)
        )

    @strawberry.mutation(description="Throw a dead letter away.")
    async def dismiss_dead_letter(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        """Return the id it had."""
        return strawberry.ID(
            await operations.dead_letter_dismiss(principal=principal_of(info), letter=id)
        )
