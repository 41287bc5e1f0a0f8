"""Text no database can hold is refused or dropped, and never an error of the server."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.testing.tenancy import RootField, operation_for
from fakts_server.app import SCHEMA

NUL = "a\0b"
SUBJECT = {"identifier": "org.example.subject", "version": "1", "scopes": ["read"]}
INPUTS: list[tuple[str, dict[str, Any]]] = [
    ("createOrganization", {"name": "New", "description": NUL}),
    ("createOrganization", {"name": NUL}),
    ("updateOrganization", {"id": "@organization", "description": NUL}),
    ("requestMembership", {"organization": "@theirs", "reason": NUL}),
    ("requestRoles", {"roles": ["editor"], "reason": NUL}),
    ("requestRoles", {"roles": [NUL]}),
    ("createRole", {"identifier": "painter", "description": NUL}),
    ("createRole", {"identifier": NUL}),
    ("createInvite", {"email": f"{NUL}@example.org"}),
    ("createInvite", {"roles": [NUL]}),
    ("acceptInvite", {"token": NUL}),
    ("notifyUser", {"user": "@person", "message": NUL}),
    ("notifyUser", {"user": "@person", "message": "x", "title": NUL}),
    ("registerComChannel", {"token": NUL}),
    ("deleteMyAccount", {"username": NUL}),
    ("createGroup", {"name": NUL}),
    ("createProfile", {"user": "@person", "name": NUL}),
    ("requestMediaUpload", {"key": f"{NUL}.png", "datalayer": NUL}),
    ("createServiceInstance", {"identifier": NUL, "service": "@service"}),
    ("createServiceInstance", {"identifier": "new", "service": f"org.{NUL}"}),
    ("updateServiceInstance", {"id": "@instance", "provides": [NUL]}),
    ("createAlias", {"instance": "@instance", "alias": {"host": NUL}}),
    ("createAlias", {"instance": "@instance", "alias": {"host": "gpu", "path": NUL}}),
    ("createAlias", {"instance": "@instance", "alias": {"host": "gpu", "challenge": NUL}}),
    ("createHub", {"identifier": NUL}),
    ("createHub", {"identifier": "new", "description": NUL}),
    ("updateDevice", {"id": "@device", "name": NUL}),
    ("createDeviceGroup", {"name": NUL}),
    ("endSession", {"id": NUL}),
    ("setStrategy", {"approval": NUL}),
    ("setStrategy", {"platformVersion": NUL}),
    ("setStrategy", {"knownApps": [{"identifier": NUL}]}),
    ("setStrategy", {"knownApps": [{"identifier": "a", "versions": [NUL]}]}),
    ("setRemoteValue", {"key": NUL, "value": 1}),
    ("setRemoteValue", {"key": "a.b", "value": NUL}),
    ("setRemoteValue", {"key": "a.b", "value": {"deep": [NUL]}}),
    ("setRemoteValue", {"key": "a.b", "value": {NUL: 1}}),
    ("setRemoteValue", {"key": "a.b", "value": 2**70}),
    ("setRemoteValue", {"key": "a.b", "value": 2**70, "kind": "integer"}),
    ("removeRemoteValue", {"key": NUL}),
    ("createMandate", {"agent": NUL, "manifest": SUBJECT}),
    ("createMandate", {"agent": "a", "attestation": NUL, "manifest": SUBJECT}),
    ("createMandate", {"agent": "a", "agentDeviceId": NUL, "manifest": SUBJECT}),
    ("issueMandateKey", {"expiresInDays": 1, "label": NUL, "manifest": SUBJECT}),
    ("issueMandateKey", {"expiresInDays": 1, "manifest": {**SUBJECT, "deviceId": NUL}}),
    ("acceptDeviceCode", {"code": NUL}),
    ("declineDeviceCode", {"code": NUL}),
]
FILTERS = [
    ("apps", "search"),
    ("clients", "search"),
    ("services", "search"),
    ("serviceReleases", "search"),
    ("serviceInstances", "search"),
    ("users", "search"),
    ("groups", "search"),
    ("memberships", "search"),
    ("invites", "search"),
    ("invites", "status"),
    ("mandates", "search"),
    ("devices", "search"),
    ("auditEntries", "search"),
]
ARGUMENTS = [
    ("app", {"identifier": NUL}),
    ("app", {"clientId": NUL}),
    ("release", {"identifier": NUL, "version": "1"}),
    ("release", {"identifier": "a", "version": NUL}),
    ("release", {"clientId": NUL}),
    ("client", {"clientId": NUL}),
    ("client", {"id": NUL}),
    ("deviceByDeviceId", {"id": NUL}),
    ("deviceCodeByCode", {"code": NUL}),
    ("remoteValueHistory", {"key": NUL}),
    ("organization", {"id": NUL}),
]
EXPECTED = {"INVALID_INPUT", "NOT_FOUND", "CONFLICT"}


@pytest.fixture
def ids(ours, theirs) -> dict[str, str]:
    here = ours.membership
    rows = {
        "@organization": here.organization_id,
        "@theirs": theirs.membership.organization_id,
        "@person": here.user_id,
        "@instance": ours.instance.pk,
        "@service": ours.instance.release.service_id,
        "@device": ours.client.device_id,
    }
    return {name: str(key) for name, key in rows.items()}


def named(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: named(item, ids) for key, item in value.items()}
    return ids.get(value, value) if isinstance(value, str) else value


async def test_no_input_with_a_nul_breaks_a_mutation(graphql, ours, ids):
    faults = []
    for name, wish in INPUTS:
        document, variables = operation_for(
            SCHEMA, RootField("mutation", name), {"input": named(wish, ids)}
        )
        answer = await graphql(document, ours.member, **variables)
        if not set(answer.codes) <= EXPECTED:
            faults.append((name, wish, answer.codes))
    assert faults == []


async def test_no_filter_with_a_nul_breaks_a_list(graphql, ours):
    faults = []
    for root, word in FILTERS:
        document = f"query ($text: String) {{ {root}(filters: {{{word}: $text}}) {{ id }} }}"
        answer = await graphql(document, ours.member, text=NUL)
        if not set(answer.codes) <= EXPECTED or any((answer.data or {}).values()):
            faults.append((root, word, answer.codes))
    assert faults == []


async def test_no_argument_with_a_nul_breaks_a_query(graphql, ours):
    faults = []
    for name, arguments in ARGUMENTS:
        document, variables = operation_for(SCHEMA, RootField("query", name), arguments)
        answer = await graphql(document, ours.member, **variables)
        if not set(answer.codes) <= EXPECTED:
            faults.append((name, arguments, answer.codes))
    assert faults == []


async def test_what_the_database_refused_is_not_in_the_log(graphql, ours, caplog):
    document = 'mutation ($v: JSON!) { setRemoteValue(input: {key: "a.b", value: $v}) { id } }'
    answer = await graphql(document, ours.member, v={"password": f"hunter2{NUL}"})
    assert answer.codes == ["INVALID_INPUT"]
    assert "the database refused a value" in caplog.text
    assert "hunter2" not in caplog.text + str(answer.errors)
