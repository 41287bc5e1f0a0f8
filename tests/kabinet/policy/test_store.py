"""Roles against actions of the store: the whole matrix."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chassis.permissions import BUILTIN_ROLES, allows
from kabinet_server.policy import store

READS = set(BUILTIN_ROLES)
IMPORTS = {"admin", "editor", "deployer"}
APPROVES = {"admin", "editor", "user", "deployer"}
RUNS = {"admin", "deployer"}


@pytest.mark.parametrize("role", [*BUILTIN_ROLES, "stranger"])
def test_the_matrix(role, mint):
    who = mint.member(sub="1", roles=[role]).principal
    assert allows(who, "store.read") == (role in READS)
    assert allows(who, "store.import") == (role in IMPORTS)
    assert allows(who, "store.manage") == (role == "admin")
    assert allows(who, "approval.create") == (role in APPROVES)
    assert allows(who, "backend.run") == (role in RUNS)
    own, other = SimpleNamespace(approver_id="1"), SimpleNamespace(approver_id="2")
    assert allows(who, "approval.revoke", own) == (role in APPROVES)
    assert allows(who, "approval.revoke", other) == (role == "admin")
    assert set(store.IMPORTERS) == IMPORTS


@pytest.mark.parametrize("role", BUILTIN_ROLES)
@pytest.mark.parametrize(
    ("client", "user", "is_own"),
    [("test-client", "1", True), ("other", "1", False), ("test-client", "2", False)],
)
def test_a_backend_is_its_client_and_its_user(role, client, user, is_own, mint):
    who = mint.member(sub="1", roles=[role]).principal
    backend = SimpleNamespace(client_id=client, user_id=user)
    may_report = role in RUNS and is_own
    assert allows(who, "backend.report", backend) == may_report
    assert allows(who, "backend.remove", backend) == (may_report or role == "admin")
