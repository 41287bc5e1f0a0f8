"""Policies of an organization's runs: set and removed by admins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from chassis.errors import InvalidInput
from chassis.identity import Principal
from rekuest_server.domain.retry import LONGEST_PAUSE_SECONDS, MOST_RETRIES
from rekuest_server.models import Action, RunPolicy
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.policy import agent as _rules  # noqa: F401  # registers the rules

_YEAR_SECONDS = 366 * 24 * 3600.0
#: Longest of each limit, in its own unit: beyond it the database cannot reckon with moments.
_LONGEST = {
    "pickup_limit_seconds": _YEAR_SECONDS,
    "run_limit_seconds": _YEAR_SECONDS,
    "silence_limit_seconds": _YEAR_SECONDS,
    "retry_seconds": LONGEST_PAUSE_SECONDS,
    "keep_days": 100 * 366.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRules:
    """The rules of a policy; None means no limit, of further runs that they stay as they are."""

    rerun_lost: bool = False
    pickup_limit_seconds: float | None = None
    run_limit_seconds: float | None = None
    silence_limit_seconds: float | None = None
    max_retries: int | None = None
    retry_seconds: float | None = None
    retry_on: Sequence[str] | None = None
    keep_days: float | None = None


async def run_policy_set(
    *, principal: Principal, rules: PolicyRules, action: object = None
) -> RunPolicy:
    """Set the policy of an action, or without one of everything that has none of its own."""
    return await write_as(principal, "run_policy.write", _set, rules, action)


def _set(author: CallerIdentity, rules: PolicyRules, action: object) -> RunPolicy:
    for part in fields(rules):
        value = getattr(rules, part.name)
        if part.name in _LONGEST and value is not None and not 0 < value <= _LONGEST[part.name]:
            field, *rest = part.name.split("_")
            field += "".join(word.capitalize() for word in rest)
            longest = f"{_LONGEST[part.name]:,.0f}"
            raise InvalidInput(f"{field} is more than 0 and at most {longest}.", field=field)
    if not 0 <= (rules.max_retries or 0) <= MOST_RETRIES:
        raise InvalidInput(f"maxRetries is between 0 and {MOST_RETRIES}.", field="maxRetries")
    row = None if action is None else own(author, Action.objects.all(), action, field="action")
    policy, _ = RunPolicy.objects.update_or_create(
        organization_id=author.organization_id,
        action=row,
        defaults=_values(rules),
    )
    return policy


def _values(rules: PolicyRules) -> dict[str, Any]:
    values = asdict(rules)
    for name in ("max_retries", "retry_seconds", "retry_on"):
        if values[name] is None:
            del values[name]
    if rules.retry_on is not None:
        values["retry_on"] = sorted(set(rules.retry_on))
    return values


async def run_policy_delete(*, principal: Principal, action: object = None) -> bool:
    """Remove a policy; false if there was none."""
    return await write_as(principal, "run_policy.write", _delete, action)


def _delete(author: CallerIdentity, action: object) -> bool:
    row = None if action is None else own(author, Action.objects.all(), action, field="action")
    rows = RunPolicy.objects.filter(organization_id=author.organization_id, action=row)
    return bool(rows.delete()[0])
