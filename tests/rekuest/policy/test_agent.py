"""Running agents needs a role that works with apps; what holds for everybody needs an admin."""

from __future__ import annotations

import pytest

from chassis.permissions import allows
from chassis.testing.mint import TokenMint
from rekuest_server.policy import agent

TABLE = [
    ("admin", True, True),
    ("editor", True, False),
    ("user", True, False),
    ("bot", True, False),
    ("deployer", True, False),
    ("viewer", False, False),
    ("unheard-of", False, False),
]


@pytest.mark.parametrize(("role", "register", "administer"), TABLE)
def test_what_a_role_may_do(mint: TokenMint, role: str, register: bool, administer: bool) -> None:
    assert agent
    principal = mint.member(roles=[role]).principal
    assert allows(principal, "agent.register") is register
    assert allows(principal, "agent.admin") is administer
    assert allows(principal, "run_policy.write") is administer


@pytest.mark.parametrize("action", ["agent.register", "agent.admin", "run_policy.write"])
def test_the_strongest_of_several_roles_decides(mint: TokenMint, action: str) -> None:
    assert allows(mint.member(roles=["viewer", "admin"]).principal, action)
    assert not allows(mint.member(roles=["viewer", "unheard-of"]).principal, action)
    assert not allows(mint.member(roles=[]).principal, action)
