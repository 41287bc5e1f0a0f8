"""The rule about the caller's own profile."""

from __future__ import annotations

import pytest

from chassis.permissions import BUILTIN_ROLES
from mikro_server.policy.caller import can_read_caller


@pytest.mark.parametrize("role", BUILTIN_ROLES)
def test_every_builtin_role_may_read_the_caller(mint, role):
    assert can_read_caller(mint.member(roles=[role]).principal, None)


@pytest.mark.parametrize("roles", [[], ["made-up"]])
def test_no_other_role_may(mint, roles):
    assert not can_read_caller(mint.member(roles=roles).principal, None)
