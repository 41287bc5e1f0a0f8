"""Policies of runs: what is done about slow, lost and old ones."""

from __future__ import annotations

import strawberry
import strawberry_django

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column, visible_rows
from chassis.graphql.inputs import flag, maybe
from rekuest_server import models
from rekuest_server.graphql.action import Action
from rekuest_server.graphql.vocabulary import RetryOutcome
from rekuest_server.operations import run_policy as operations
from rekuest_server.selectors import task as task_selectors


@strawberry_django.type(
    models.RunPolicy, description="What is done about runs that are slow, lost or old."
)
class RunPolicy:
    """Of one action, or of every action that has none of its own."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    action: Action | None = strawberry_django.field(description="The action; null for all others.")
    rerun_lost: bool = strawberry_django.field(
        description="Whether work that may be repeated is run again when its agent died."
    )
    pickup_limit_seconds: float | None = strawberry_django.field(
        description="Longest wait for an agent before a task is cancelled."
    )
    run_limit_seconds: float | None = strawberry_django.field(
        description="Longest run before a task is interrupted."
    )
    silence_limit_seconds: float | None = strawberry_django.field(
        description="Longest silence of a run before it is interrupted."
    )
    max_retries: int = strawberry_django.field(
        description="How often work that failed and may be repeated is run again."
    )
    retry_seconds: float = strawberry_django.field(
        description="Pause before the first further run; it doubles each time."
    )
    keep_days: float | None = strawberry_django.field(
        description="Age at which finished runs are deleted; null keeps them."
    )

    @column("retry_on", description="The outcomes that are followed by another run.")
    def retry_on(self: models.RunPolicy) -> list[RetryOutcome]:
        """Return the outcomes."""
        return [RetryOutcome(outcome) for outcome in self.retry_on]


@strawberry.input(description="A policy to be set; what is left out is no limit.")
class SetRunPolicyInput:
    """An action and its rules."""

    action: strawberry.ID | None = maybe("The action; null for every action without its own.")
    rerun_lost: bool = flag("Whether work that may be repeated is run again if its agent died.")
    pickup_limit_seconds: float | None = maybe("Longest wait for an agent.")
    run_limit_seconds: float | None = maybe("Longest run.")
    silence_limit_seconds: float | None = maybe("Longest silence of a run.")
    max_retries: int | None = maybe(
        "How often work that failed and may be repeated is run again, at most 100; "
        "stays as it is if left out, at first 0."
    )
    retry_seconds: float | None = maybe(
        "Pause before the first further run, at first 1 s; it doubles each time, up to a day."
    )
    retry_on: list[RetryOutcome] | None = maybe(
        "The outcomes followed by another run; at first CRITICAL, an error of the work."
    )
    keep_days: float | None = maybe("Age at which finished runs are deleted.")


@strawberry.type
class Query:
    """Root fields of policies."""

    run_policies: list[RunPolicy] = visible_rows(
        task_selectors.policies_visible_to,
        description="The policies of the organization, the general one first.",
    )


@strawberry.type
class Mutation:
    """Root fields by which admins set policies."""

    @strawberry.mutation(graphql_type=RunPolicy, description="Set the policy of runs.")
    async def set_run_policy(self, info: Info, input: SetRunPolicyInput) -> models.RunPolicy:
        """Keep the rules."""
        rules = operations.PolicyRules(
            rerun_lost=input.rerun_lost,
            pickup_limit_seconds=input.pickup_limit_seconds,
            run_limit_seconds=input.run_limit_seconds,
            silence_limit_seconds=input.silence_limit_seconds,
            max_retries=input.max_retries,
            retry_seconds=input.retry_seconds,
            retry_on=None if input.retry_on is None else [one.value for one in input.retry_on],
            keep_days=input.keep_days,
        )
        return await operations.run_policy_set(
            principal=principal_of(info), rules=rules, action=input.action
        )

    @strawberry.mutation(description="Remove a policy; false if there was none.")
    async def delete_run_policy(self, info: Info, action: strawberry.ID | None = None) -> bool:
        """Forget the rules."""
        return await operations.run_policy_delete(principal=principal_of(info), action=action)
