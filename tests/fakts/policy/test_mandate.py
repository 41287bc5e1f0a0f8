"""The rules of mandates, as a matrix."""

from __future__ import annotations

import pytest

from chassis.identity.principal import Principal
from chassis.permissions import BUILTIN_ROLES
from fakts_server.models.app import Device
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership
from fakts_server.policy import mandate as policy
from fakts_server.policy import reading

MANDATE = Mandate(
    grantor=Membership(user_id=7),
    agent_identifier="org.example.deployer",
    agent_device=Device(fingerprint="node"),
    agent_user_id=8,
)


def principal(*roles, **changes):
    values = {
        "subject": "8",
        "username": "x",
        "organization": "1",
        "organization_slug": "lab",
        "client": "c",
        "roles": frozenset(roles),
        "scopes": frozenset(),
        "issuer": "bauhof",
        "expires_at": 0.0,
        "app": "org.example.deployer",
        "device": "node",
        **changes,
    }
    return Principal(**values)


WORKERS = {"admin", "editor", "user", "bot", "deployer"}


@pytest.mark.parametrize("role", BUILTIN_ROLES)
def test_by_role(role):
    who = principal(role)
    assert policy.can_read_mandate(who, None)
    assert policy.can_issue_mandate(who, None) is (role in WORKERS)
    assert policy.can_issue_child_mandate(who, MANDATE) is (role in WORKERS)
    assert policy.can_revoke_mandate(who, MANDATE) is (role == "admin")
    assert policy.can_revoke_mandate(principal(role, subject="7"), MANDATE) is (role in WORKERS)


@pytest.mark.parametrize(
    "changes",
    [{"app": "org.example.other"}, {"app": None}, {"device": None}, {"subject": "9"}],
)
def test_only_the_named_agent_issues(changes):
    assert not policy.can_issue_child_mandate(principal("admin", **changes), MANDATE)


def test_an_agent_ends_the_keys_it_could_issue_and_no_other():
    key = Mandate(grantor=Membership(user_id=7), parent=MANDATE)
    assert policy.can_revoke_mandate(principal("deployer"), key)
    assert not policy.can_revoke_mandate(principal("viewer"), key)
    assert not policy.can_revoke_mandate(principal("deployer", app="org.example.other"), key)
    assert not policy.can_revoke_mandate(principal("deployer", device="elsewhere"), key)
    assert not policy.can_revoke_mandate(principal("deployer"), MANDATE)


def test_a_key_names_no_agent():
    assert not policy.can_issue_child_mandate(principal("admin", app=""), Mandate())


@pytest.mark.parametrize("rule", [reading.can_read_app, reading.can_read_person])
def test_without_a_role_nothing_is_read(rule):
    assert not rule(principal(), None)
    assert not rule(principal("invented"), None)
    assert not policy.can_read_mandate(principal(), None)
