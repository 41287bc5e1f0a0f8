"""Mandates over GraphQL: what they admit and who may."""

from __future__ import annotations

import pytest
from appside import Api, requirement
from asgiref.sync import sync_to_async

from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.operations.user import user_create

WISH = {
    "identifier": "org.example.subject",
    "version": "1.0",
    "scopes": ["read"],
    "requirements": [{"key": "rekuest", "service": "live.arkitekt.rekuest"}],
}
ISSUE = """mutation ($input: IssueMandateKeyInput!) { issueMandateKey(input: $input) {
    key mandate { id isLive keyPrefix claimant origin subject { identifier version deviceId scopes
    requirements { key service } } } } }"""
CREATE = """mutation ($input: CreateMandateInput!) { createMandate(input: $input) {
    id claimant agentIdentifier isLive } }"""
CHILD = """mutation ($input: IssueChildMandateKeyInput!) { issueChildMandateKey(input: $input) {
    key mandate { id origin expiresAt parent { id } maxClients } } }"""
REVOKE = """mutation ($id: ID!) { revokeMandate(input: {id: $id}) {
    isLive revokedAt revocationReason } }"""


@sync_to_async
def log_in(key, **changes):
    wish = {"scopes": ["read"], "requirements": WISH["requirements"], **changes}
    return Api().mandate(key, **{"identifier": "org.example.subject", "version": "1.0", **wish})


async def test_an_issued_key_logs_the_app_in(graphql, ours):
    answer = await graphql(ISSUE, ours.member, input={"manifest": WISH, "expiresInDays": 7})
    issued = answer.ok()["issueMandateKey"]
    assert issued["key"].startswith(issued["mandate"]["keyPrefix"])
    assert (issued["mandate"]["claimant"], issued["mandate"]["origin"]) == ("KEY", "CLIENT")
    assert issued["mandate"]["subject"]["requirements"] == WISH["requirements"]
    assert (await log_in(issued["key"])).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": "org.example.other"},
        {"version": "1.1"},
        {"requirements": [requirement("mikro", "live.arkitekt.mikro")]},
    ],
)
async def test_the_key_admits_nothing_else(graphql, ours, changes):
    answer = await graphql(ISSUE, ours.member, input={"manifest": WISH, "expiresInDays": 7})
    key = answer.ok()["issueMandateKey"]["key"]
    assert (await log_in(key, **changes)).json()["error"] == "invalid_grant"


async def test_any_version_opens_the_version(graphql, ours):
    wish = {"manifest": WISH, "expiresInDays": 7, "anyVersion": True}
    answer = await graphql(ISSUE, ours.member, input=wish)
    key = answer.ok()["issueMandateKey"]["key"]
    assert (await log_in(key, version="9.9")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expiresInDays": 0}, "expiresInDays"),
        ({"expiresInDays": 31}, "expiresInDays"),
        ({"maxClients": 0}, "maxClients"),
        ({"manifest": {**WISH, "scopes": ["write"]}}, "manifest.scopes"),
        ({"manifest": {**WISH, "identifier": "a/b"}}, "manifest.identifier"),
        ({"manifest": {**WISH, "identifier": "a\0"}}, "manifest.identifier"),
        ({"hub": "999999"}, "hub"),
        ({"hub": "x"}, None),
    ],
)
async def test_bad_wishes_are_refused_by_field(graphql, ours, changes, field):
    wish = {"manifest": WISH, "expiresInDays": 7, **changes}
    answer = await graphql(ISSUE, ours.member, input=wish)
    assert answer.codes in (["INVALID_INPUT"], ["NOT_FOUND"])
    assert answer.errors[0]["extensions"].get("field") == field


async def test_a_key_dies_with_the_app_that_issued_it(graphql, ours):
    answer = await graphql(ISSUE, ours.member, input={"manifest": WISH, "expiresInDays": 7})
    await sync_to_async(Client.objects.filter(pk=ours.client.pk).delete)()
    key = answer.ok()["issueMandateKey"]["key"]
    assert (await log_in(key)).json()["error"] == "invalid_grant"
    again = await graphql(ISSUE, ours.member, input={"manifest": WISH, "expiresInDays": 7})
    assert again.codes == ["UNAUTHENTICATED"]


async def test_a_viewer_may_not_issue(graphql, ours, as_member):
    viewer = as_member(ours.membership, client_id=ours.client.client_id, roles=["viewer"])
    for document, wish in [
        (ISSUE, {"manifest": WISH, "expiresInDays": 7}),
        (CREATE, {"manifest": WISH, "agent": "org.example.agent"}),
    ]:
        assert (await graphql(document, viewer, input=wish)).codes == ["PERMISSION_DENIED"]


@pytest.fixture
def deployer(ours, as_member):
    """A token of an app that may issue under a mandate naming it."""

    def token(**changes):
        wishes = {
            "client_id": ours.client.client_id,
            "client_app": "org.example.deployer",
            "roles": ["deployer"],
            **changes,
        }
        return as_member(ours.membership, **wishes)

    return token


async def _agent_mandate(graphql, ours, **changes):
    wish = {"manifest": WISH, "agent": "org.example.deployer", "maxClients": 2, **changes}
    return (await graphql(CREATE, ours.member, input=wish)).ok()["createMandate"]["id"]


async def test_an_agent_issues_one_key_per_device(graphql, ours, deployer):
    mandate = await _agent_mandate(graphql, ours, expiresInDays=1)
    wish = {"mandate": mandate, "deviceId": "node-1", "expiresInDays": 30, "label": "pod"}
    issued = (await graphql(CHILD, deployer(), input=wish)).ok()["issueChildMandateKey"]
    assert issued["mandate"]["parent"] == {"id": mandate}
    assert issued["mandate"]["maxClients"] == 1
    parent = await sync_to_async(Mandate.objects.get)(pk=mandate)
    child = await sync_to_async(Mandate.objects.get)(pk=issued["mandate"]["id"])
    assert child.expires_at == parent.expires_at
    assert (await log_in(issued["key"], device_id="node-1")).status_code == 200
    assert (await log_in(issued["key"], device_id="node-2")).status_code == 400


async def test_the_number_of_live_keys_is_held(graphql, ours, deployer):
    mandate = await _agent_mandate(graphql, ours)
    codes = [
        (await graphql(CHILD, deployer(), input={"mandate": mandate, "deviceId": name})).codes
        for name in ("a", "b", "c")
    ]
    assert codes == [[], [], ["CONFLICT"]]


@pytest.mark.parametrize(
    ("pins", "claims"),
    [
        ({}, {"client_app": "org.example.blobs"}),
        ({}, {"client_app": None}),
        ({"agentDeviceId": "the-node"}, {}),
        ({}, {"roles": ["viewer"]}),
    ],
)
async def test_only_the_named_agent_issues(graphql, ours, deployer, pins, claims):
    mandate = await _agent_mandate(graphql, ours, **pins)
    wish = {"mandate": mandate, "deviceId": "node-1"}
    answer = await graphql(CHILD, deployer(**claims), input=wish)
    assert answer.codes in (["PERMISSION_DENIED"], ["NOT_FOUND"])


async def test_revoking_an_agent_mandate_ends_its_keys(graphql, ours, deployer):
    mandate = await _agent_mandate(graphql, ours)
    wish = {"mandate": mandate, "deviceId": "node-1"}
    key = (await graphql(CHILD, deployer(), input=wish)).ok()["issueChildMandateKey"]["key"]
    assert (await log_in(key, device_id="node-1")).status_code == 200
    revoked = (await graphql(REVOKE, ours.member, id=mandate)).ok()["revokeMandate"]
    assert (revoked["isLive"], revoked["revocationReason"]) == (False, "REVOKED")
    assert (await log_in(key, device_id="node-1")).json()["error"] == "invalid_grant"
    again = await graphql(CHILD, deployer(), input={"mandate": mandate, "deviceId": "x"})
    assert again.codes == ["CONFLICT"]


async def test_only_grantor_and_admin_revoke(graphql, ours, deployer):
    mandate = await _agent_mandate(graphql, ours)
    stranger = deployer(sub=str(ours.membership.user_id + 1000))
    assert (await graphql(REVOKE, stranger, id=mandate)).codes == ["PERMISSION_DENIED"]


async def test_members_see_only_what_concerns_them(graphql, ours, as_member):
    @sync_to_async
    def add_member():
        return user_create(
            username="eve",
            organization=ours.membership.organization,
            role="user",
            password=None,
        )

    eve = as_member(await add_member(), roles=["user"], client_app="org.example.nothing")
    assert (await graphql("{ mandates { id } }", eve)).ok() == {"mandates": []}
    assert len((await graphql("{ mandates { id } }", ours.member)).ok()["mandates"]) == 1
