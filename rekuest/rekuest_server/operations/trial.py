"""Test cases and their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidInput
from chassis.identity import Principal
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Action, Implementation, TestCase, TestResult
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.identity import CallerIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWish:
    """A test case to be made of two actions."""

    action: object
    tester: object
    name: str | None = None
    description: str | None = None
    is_benchmark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWish:
    """What came of a test case on an implementation."""

    case: object
    implementation: object
    tester: object
    passed: bool
    result: Any = None


async def case_create(*, principal: Principal, wish: CaseWish) -> TestCase:
    """Keep a way to try an action out; without a name it is called after both actions."""
    return await write_as(principal, "catalog.write", _case, wish)


def _case(author: CallerIdentity, wish: CaseWish) -> TestCase:
    action = own(author, Action.objects.all(), wish.action, field="action")
    tester = own(author, Action.objects.all(), wish.tester, field="tester")
    name = wish.name if wish.name is not None else f"{tester.name} tries {action.name}"[:400]
    return TestCase.objects.create(
        organization_id=author.organization_id,
        action=action,
        tester=tester,
        name=name_of(name, "name"),
        description=text_of(wish.description, "description") or "",
        is_benchmark=wish.is_benchmark,
    )


async def result_create(*, principal: Principal, wish: ResultWish) -> TestResult:
    """Keep a result; both implementations must offer the actions of the case."""
    return await write_as(principal, "catalog.write", _result, wish)


def _result(author: CallerIdentity, wish: ResultWish) -> TestResult:
    case = own(author, TestCase.objects.all(), wish.case, field="case")
    rows = Implementation.objects.all()
    path = "agent__organization"
    tried = own(author, rows, wish.implementation, field="implementation", path=path)
    tester = own(author, rows, wish.tester, field="tester", path=path)
    for row, action, field in (
        (tried, case.action_id, "implementation"),
        (tester, case.tester_id, "tester"),
    ):
        if row.action_id != action:
            raise InvalidInput("It does not offer the action of the test case.", field=field)
    return TestResult.objects.create(
        organization_id=author.organization_id,
        case=case,
        implementation=tried,
        tester=tester,
        passed=wish.passed,
        result=wish.result,
    )
