"""Who may do what: rules registered by name, refused by default.

A service registers one function per action; operations and selectors call `authorize`, so every
door of a service shares one rule. An action without a rule is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chassis.errors import NotFound, PermissionDenied, Unauthenticated
from chassis.identity.principal import Principal

#: `rule(principal, resource) -> bool`; `resource` is None where the action has none.
Rule = Callable[[Principal, Any], bool]
R = TypeVar("R", bound=Rule)

#: Roles every organization has from the start.
BUILTIN_ROLES = ("admin", "editor", "user", "viewer", "bot", "deployer")

_rules: dict[str, Rule] = {}


def rule(action: str) -> Callable[[R], R]:
    """Register the rule of an action named `<noun>.<verb>`; a second one is a mistake."""

    def register(function: R) -> R:
        if action in _rules:
            raise ValueError(f"there is already a rule for {action!r}")
        _rules[action] = function
        return function

    return register


def registered_actions() -> tuple[str, ...]:
    """Return the names of all actions that have a rule, sorted."""
    return tuple(sorted(_rules))


def allows(principal: Principal, action: str, resource: object = None) -> bool:
    """Tell whether the rule of the action lets the principal pass."""
    decide = _rules.get(action)
    return decide is not None and decide(principal, resource)


def authorize(
    principal: Principal | None,
    action: str,
    resource: object = None,
    *,
    organization: object = None,
) -> Principal:
    """Return the principal if the action is allowed, else raise.

    `organization` is the tenant of the resource where it has one: a foreign one is `NotFound`, the
    same as an absent object, so that nobody learns what another organization has.
    """
    if principal is None:
        raise Unauthenticated()
    if organization is not None and str(organization) != principal.organization:
        raise NotFound()
    if not allows(principal, action, resource):
        raise PermissionDenied(f"This needs a role that allows {action!r}; ask an admin for it.")
    return principal


def has_role(principal: Principal, *roles: str) -> bool:
    """Tell whether the principal has one of the roles."""
    return not principal.roles.isdisjoint(roles)
