"""Who may start, follow, control and decide about tasks."""

from __future__ import annotations

import pytest

from chassis.permissions import allows
from chassis.testing.mint import TokenMint
from rekuest_server.policy import task

#: A role, and what it may do: start; control its own, another's; decide its own, another's.
TABLE = [
    ("admin", True, True, True, True, False),
    ("editor", True, True, False, True, False),
    ("user", True, True, False, True, False),
    ("bot", True, True, False, True, False),
    ("deployer", False, False, False, False, False),
    ("viewer", False, False, False, False, False),
    ("unheard-of", False, False, False, False, False),
]


@pytest.mark.parametrize(("role", "start", "control", "others", "decide", "anothers"), TABLE)
def test_what_a_role_may_do(
    mint: TokenMint,
    role: str,
    start: bool,
    control: bool,
    others: bool,
    decide: bool,
    anothers: bool,
) -> None:
    assert task
    principal = mint.member(roles=[role]).principal
    assert allows(principal, "task.assign") is start
    assert allows(principal, "task.control", True) is control
    assert allows(principal, "task.control", False) is others
    assert allows(principal, "task.decide", True) is decide
    assert allows(principal, "task.decide", False) is anothers


@pytest.mark.parametrize("roles", [[], ["viewer"], ["unheard-of"], ["admin"]])
def test_everybody_follows_what_they_started(mint: TokenMint, roles: list[str]) -> None:
    assert allows(mint.member(roles=roles).principal, "task.watch")


def test_without_a_resource_only_an_admin_controls_and_nobody_decides(mint: TokenMint) -> None:
    admin, user = (mint.member(roles=[role]).principal for role in ("admin", "user"))
    assert allows(admin, "task.control")
    assert not allows(user, "task.control")
    assert not allows(admin, "task.decide")
