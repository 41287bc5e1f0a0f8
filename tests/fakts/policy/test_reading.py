"""Reading needs a role of the platform."""

from __future__ import annotations

import pytest

from chassis.permissions import BUILTIN_ROLES, registered_actions
from fakts_server.selectors import scope


def test_every_reading_rule_is_registered():
    assert scope.RULES
    assert {"person.read", "app.read", "service.read"} <= set(registered_actions())


@pytest.mark.parametrize("role", BUILTIN_ROLES)
def test_every_builtin_role_reads(role, mint):
    from chassis.permissions import allows

    who = mint.member(roles=[role]).principal
    for action in ("person.read", "app.read", "service.read"):
        assert allows(who, action)
