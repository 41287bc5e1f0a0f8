"""Test cases of actions and their results: types, filters and root fields."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry_django.fields.filter_types import StrFilterLookup

from chassis.definitions.graphql.scalars import AnyDefault
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, column, visible_rows
from chassis.graphql.inputs import flag, maybe
from rekuest_server import models
from rekuest_server.graphql.action import Action
from rekuest_server.graphql.implementation import Implementation
from rekuest_server.operations import trial as trial_operations
from rekuest_server.selectors import kept
from rekuest_server.selectors.scope import row_ids


@strawberry_django.filter_type(models.TestCase, description="Narrows a list of test cases.")
class TestCaseFilter:
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry_django.filter_field(description="By name.")

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})


@strawberry_django.filter_type(models.TestResult, description="Narrows a list of test results.")
class TestResultFilter:
    """Every condition that is given must hold."""

    passed: bool | None = strawberry_django.filter_field(description="By whether they passed.")

    @strawberry_django.filter_field(description="Text in the case's name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}case__name__icontains": value})

    @strawberry_django.filter_field(description="By case.")
    def case(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the case."""
        return Q(**{f"{prefix}case__in": row_ids([value])})

    @strawberry_django.filter_field(description="By the action that was tried.")
    def action(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the action of the case."""
        return Q(**{f"{prefix}case__action__in": row_ids([value])})

    @strawberry_django.filter_field(description="By implementation.")
    def implementation(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the implementation."""
        return Q(**{f"{prefix}implementation__in": row_ids([value])})

    @strawberry_django.filter_field(description="By ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})


@strawberry_django.type(models.TestCase, description="A way to try an action out.")
class TestCase:
    """An action that tests another one."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    action: Action = strawberry_django.field(description="What is tried out.")
    tester: Action = strawberry_django.field(description="The action that tries it out.")
    is_benchmark: bool = strawberry_django.field(
        description="Whether it measures instead of checking."
    )
    name: str = strawberry_django.field(description="The name people see.")
    description: str = strawberry_django.field(description="What it tries.")
    results: list[TestResult] = strawberry_django.field(
        filters=TestResultFilter, pagination=True, description="What came of it."
    )


@strawberry_django.type(models.TestResult, description="What came of a test case.")
class TestResult:
    """Passed or not, and with what."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    case: TestCase = strawberry_django.field(description="What was tried.")
    implementation: Implementation = strawberry_django.field(description="What was tried out.")
    tester: Implementation = strawberry_django.field(description="What tried it.")
    passed: bool = strawberry_django.field(description="Whether it passed.")
    created_at: datetime = strawberry_django.field(description="When it was tried.")

    @column("result", description="What it returned.")
    def result(self: models.TestResult) -> AnyDefault | None:
        """Return the stored value."""
        return None if self.result is None else AnyDefault(self.result)


@strawberry.input(description="A test case to be made.")
class CreateTestCaseInput:
    """Two actions."""

    action: strawberry.ID = strawberry.field(description="What is tried out.")
    tester: strawberry.ID = strawberry.field(description="The action that tries it out.")
    description: str | None = maybe("What it tries.")
    name: str | None = maybe("The name people see.")
    is_benchmark: bool = flag("Whether it measures instead of checking.")


@strawberry.input(description="A test result to be kept.")
class CreateTestResultInput:
    """A case, and what came of it."""

    case: strawberry.ID = strawberry.field(description="What was tried.")
    tester: strawberry.ID = strawberry.field(description="The implementation that tried it.")
    implementation: strawberry.ID = strawberry.field(description="What was tried out.")
    passed: bool = strawberry.field(description="Whether it passed.")
    result: AnyDefault | None = maybe("What it returned.")


@strawberry.type
class Query:
    """Root fields of test cases and results."""

    test_cases: list[TestCase] = visible_rows(
        kept.cases_visible_to,
        filters=TestCaseFilter,
        description="The test cases of the organization.",
    )
    test_results: list[TestResult] = visible_rows(
        kept.results_visible_to,
        filters=TestResultFilter,
        description="The test results of the organization.",
    )

    @strawberry_django.field(
        graphql_type=TestCase | None, extensions=[Found()], description="One test case."
    )
    def test_case(self, info: Info, id: strawberry.ID) -> QuerySet[models.TestCase]:
        """Return the case."""
        return kept.one(kept.cases_visible_to(principal_of(info)), id)

    @strawberry_django.field(
        graphql_type=TestResult | None, extensions=[Found()], description="One test result."
    )
    def test_result(self, info: Info, id: strawberry.ID) -> QuerySet[models.TestResult]:
        """Return the result."""
        return kept.one(kept.results_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Root fields that make test cases and results."""

    @strawberry.mutation(graphql_type=TestCase, description="Make a test case.")
    async def create_test_case(self, info: Info, input: CreateTestCaseInput) -> models.TestCase:
        """Keep the case."""
        wish = trial_operations.CaseWish(
            action=input.action,
            tester=input.tester,
            name=input.name,
            description=input.description,
            is_benchmark=input.is_benchmark,
        )
        return await trial_operations.case_create(principal=principal_of(info), wish=wish)

    @strawberry.mutation(graphql_type=TestResult, description="Keep a test result.")
    async def create_test_result(
        self, info: Info, input: CreateTestResultInput
    ) -> models.TestResult:
        """Keep the result."""
        wish = trial_operations.ResultWish(
            case=input.case,
            implementation=input.implementation,
            tester=input.tester,
            passed=input.passed,
            result=input.result,
        )
        return await trial_operations.result_create(principal=principal_of(info), wish=wish)
