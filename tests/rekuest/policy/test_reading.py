"""Reading needs a role of the organization, and any will do."""

from __future__ import annotations

import pytest

from chassis.permissions import BUILTIN_ROLES, allows
from chassis.testing.mint import TokenMint
from rekuest_server.policy import reading

ACTIONS = ("action.read", "agent.read", "implementation.read", "state.read", "task.read")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", BUILTIN_ROLES)
def test_any_role_reads(mint: TokenMint, action: str, role: str) -> None:
    assert reading
    assert allows(mint.member(roles=[role]).principal, action)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("roles", [[], ["unheard-of"]])
def test_without_a_role_nothing_is_read(mint: TokenMint, action: str, roles: list[str]) -> None:
    assert not allows(mint.member(roles=roles).principal, action)
