"""What only admins may do."""

from __future__ import annotations

import time

import pytest

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES, allows
from fakts_server.policy import managing

ADMIN = ("person", "app", "service", "setting", "organization")


def holder(*roles: str) -> Principal:
    return Principal(
        subject="1",
        username="x",
        organization="1",
        organization_slug="lab",
        client="c",
        roles=frozenset(roles),
        scopes=frozenset(),
        issuer="i",
        expires_at=time.time() + 10,
    )


@pytest.mark.parametrize("action", [*(f"{noun}.manage" for noun in ADMIN), "audit.read"])
def test_only_admins_manage(action):
    assert managing is not None
    assert [role for role in BUILTIN_ROLES if allows(holder(role), action)] == ["admin"]


@pytest.mark.parametrize("action", ["app.approve", "app.own", "profile.own", "setting.read"])
def test_every_member_with_a_role_minds_their_own(action):
    assert all(allows(holder(role), action) for role in BUILTIN_ROLES)
    assert not allows(holder(), action)
    assert not allows(holder("invented"), action)
