"""Test cases of actions and their results. The server keeps none yet."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry_django.fields.filter_types import StrFilterLookup
from strawberry_django.pagination import OffsetPaginationInput

from chassis.definitions.graphql.scalars import AnyDefault
from chassis.graphql import Info, principal_of
from rekuest_server.graphql.action import Action
from rekuest_server.graphql.implementation import Implementation
from rekuest_server.selectors import unbuilt


@strawberry.type(description="A way to try an action out.")
class TestCase:
    """An action that tests another one."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    action: Action = strawberry.field(description="What is tried out.")
    tester: Action = strawberry.field(description="The action that tries it out.")
    is_benchmark: bool = strawberry.field(description="Whether it measures instead of checking.")
    name: str = strawberry.field(description="The name people see.")
    description: str = strawberry.field(description="What it tries.")


@strawberry.type(description="What came of a test case.")
class TestResult:
    """Passed or not, and with what."""

    id: strawberry.ID = strawberry.field(description="The id of the row.")
    case: TestCase = strawberry.field(description="What was tried.")
    implementation: Implementation = strawberry.field(description="What was tried out.")
    passed: bool = strawberry.field(description="Whether it passed.")
    result: AnyDefault | None = strawberry.field(description="What it returned.")
    created_at: datetime = strawberry.field(description="When it was tried.")


@strawberry.input(description="Narrows a list of test cases.")
class TestCaseFilter:
    """Every condition that is given must hold."""

    name: StrFilterLookup | None = strawberry.field(default=None, description="By name.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="By ids.")


@strawberry.input(description="Narrows a list of test results.")
class TestResultFilter:
    """Every condition that is given must hold."""

    passed: bool | None = strawberry.field(default=None, description="By whether they passed.")
    search: str | None = strawberry.field(default=None, description="Text in the case's name.")
    case: strawberry.ID | None = strawberry.field(default=None, description="By case.")
    action: strawberry.ID | None = strawberry.field(default=None, description="By action.")
    implementation: strawberry.ID | None = strawberry.field(
        default=None, description="By implementation."
    )
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="By ids.")


@strawberry.input(description="A test case to be made.")
class CreateTestCaseInput:
    """Two actions."""

    action: strawberry.ID = strawberry.field(description="What is tried out.")
    tester: strawberry.ID = strawberry.field(description="The action that tries it out.")
    description: str | None = strawberry.field(default=None, description="What it tries.")
    name: str | None = strawberry.field(default=None, description="The name people see.")
    is_benchmark: bool = strawberry.field(
        default=False, description="Whether it measures instead of checking."
    )


@strawberry.input(description="A test result to be kept.")
class CreateTestResultInput:
    """A case, and what came of it."""

    case: strawberry.ID = strawberry.field(description="What was tried.")
    tester: strawberry.ID = strawberry.field(description="The implementation that tried it.")
    implementation: strawberry.ID = strawberry.field(description="What was tried out.")
    passed: bool = strawberry.field(description="Whether it passed.")
    result: AnyDefault | None = strawberry.field(default=None, description="What it returned.")


@strawberry.type
class Query:
    """Root fields of test cases and results."""

    @strawberry.field(description="The test cases of the organization; none are kept yet.")
    def test_cases(
        self,
        info: Info,
        filters: TestCaseFilter | None = None,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[TestCase]:
        """Return none."""
        return unbuilt.none_of(principal_of(info))

    @strawberry.field(description="The test results of the organization; none are kept yet.")
    def test_results(
        self,
        info: Info,
        filters: TestResultFilter | None = None,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[TestResult]:
        """Return none."""
        return unbuilt.none_of(principal_of(info))

    @strawberry.field(description="One test case.")
    def test_case(self, info: Info, id: strawberry.ID) -> TestCase | None:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))

    @strawberry.field(description="One test result.")
    def test_result(self, info: Info, id: strawberry.ID) -> TestResult | None:
        """Find nothing."""
        unbuilt.no_such(principal_of(info))


@strawberry.type
class Mutation:
    """Root fields that make test cases and results."""

    @strawberry.mutation(description="Make a test case; not offered yet.")
    def create_test_case(self, info: Info, input: CreateTestCaseInput) -> TestCase:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "test cases")

    @strawberry.mutation(description="Keep a test result; not offered yet.")
    def create_test_result(self, info: Info, input: CreateTestResultInput) -> TestResult:
        """Refuse."""
        unbuilt.refuse(principal_of(info), "test results")
