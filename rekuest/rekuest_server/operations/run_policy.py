"""Policies of an organization's runs: set and removed by admins."""

from __future__ import annotations

from dataclasses import dataclass, fields

from chassis.errors import InvalidInput
from chassis.identity import Principal
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
    "keep_days": 100 * 366.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRules:
    """The rules of a policy; None means no limit."""

    rerun_lost: bool = False
    pickup_limit_seconds: float | None = None
    run_limit_seconds: float | None = None
    silence_limit_seconds: float | None = None
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
    row = None if action is None else own(author, Action.objects.all(), action, field="action")
    policy, _ = RunPolicy.objects.update_or_create(
        organization_id=author.organization_id,
        action=row,
        defaults={part.name: getattr(rules, part.name) for part in fields(rules)},
    )
    return policy


async def run_policy_delete(*, principal: Principal, action: object = None) -> bool:
    """Remove a policy; false if there was none."""
    return await write_as(principal, "run_policy.write", _delete, action)


def _delete(author: CallerIdentity, action: object) -> bool:
    row = None if action is None else own(author, Action.objects.all(), action, field="action")
    rows = RunPolicy.objects.filter(organization_id=author.organization_id, action=row)
    return bool(rows.delete()[0])
