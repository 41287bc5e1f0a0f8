"""Which roles may do what: every mutation against every role an organization comes with."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from people import member

from chassis.permissions import BUILTIN_ROLES
from chassis.testing.tenancy import RootField, operation_for, root_fields
from fakts_server.app import SCHEMA
from fakts_server.models.audit import AuditEntry
from fakts_server.models.organization import Role

DENIED = ["PERMISSION_DENIED"]
SUBJECT = {"identifier": "org.example.subject", "version": "1", "scopes": ["read"]}
#: Ids are of nothing that exists: the role is asked for before anything is looked up.
ADMINS: dict[str, dict[str, Any]] = {
    "addUserToOrganization": {"user": "1", "organization": "1", "roles": []},
    "approveMembershipRequest": {"id": "1"},
    "blockMember": {"id": "1"},
    "cancelInvite": {"id": "1"},
    "createAlias": {"instance": "1", "alias": {"host": "gpu"}},
    "createDeviceGroup": {"name": "room"},
    "createGroup": {"name": "optics"},
    "createGroupProfile": {"group": "1", "name": "x", "avatar": "1"},
    "createHub": {"identifier": "gpus"},
    "createInvite": {},
    "createOrganization": {"name": "Another"},
    "createRole": {"identifier": "painter"},
    "createServiceInstance": {"identifier": "new", "service": "1"},
    "decideWishedDevice": {"id": "1", "allow": True},
    "declineMembershipRequest": {"id": "1"},
    "deleteAlias": {"id": "1"},
    "deleteGroup": {"id": "1"},
    "deleteRole": {"id": "1"},
    "deleteServiceInstance": {"id": "1"},
    "notifyUser": {"user": "1", "message": "x"},
    "registerWebApp": {"name": "Plots", "redirectUris": ["https://plots.example.org/back"]},
    "removeRemoteValue": {"key": "a.b"},
    "removeWebApp": {"id": "1"},
    "rollbackRemoteValue": {"id": "1"},
    "rotateWebAppSecret": {"id": "1"},
    "setGroupMembers": {"id": "1", "users": []},
    "setMemberRoles": {"id": "1", "roles": []},
    "setRemoteValue": {"key": "a.b", "value": 1},
    "setStrategy": {"approval": "admin"},
    "transferOwnership": {"user": "1"},
    "updateAlias": {"id": "1", "alias": {"host": "gpu"}},
    "updateDevice": {"id": "1", "name": "x"},
    "updateGroupProfile": {"id": "1", "name": "x", "avatar": "1"},
    "updateOrganization": {"id": "1", "name": "x"},
    "updateServiceInstance": {"id": "1"},
}
#: What everybody may who has a role, and what comes of it for somebody with nothing of their own.
EVERYBODY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "acceptDeviceCode": ({"code": "BCDF-GHJK"}, ["NOT_FOUND"]),
    "acceptInvite": ({"token": "bin_unknown"}, ["NOT_FOUND"]),
    "acknowledgeMessage": ({"id": "1", "acknowledged": True}, ["NOT_FOUND"]),
    "createProfile": ({"user": "999999999", "name": "x"}, ["NOT_FOUND"]),
    "declineDeviceCode": ({"code": "BCDF-GHJK"}, ["NOT_FOUND"]),
    "declineInvite": ({"token": "bin_unknown"}, ["NOT_FOUND"]),
    "deleteMyAccount": ({"username": "somebody else"}, ["CONFLICT"]),
    "endSession": ({"id": "00000000-0000-0000-0000-000000000000"}, ["NOT_FOUND"]),
    "registerComChannel": ({"token": "phone"}, []),
    "removeMember": ({"id": "999999999"}, ["NOT_FOUND"]),
    "requestMediaUpload": ({"key": "me.png", "datalayer": ""}, []),
    "requestMembership": ({"organization": "999999999"}, []),
    "requestRoles": ({"roles": ["admin"]}, []),
    "revokeClient": ({"id": "999999999"}, ["NOT_FOUND"]),
    "revokeMandate": ({"id": "999999999"}, ["NOT_FOUND"]),
    "updateMembershipColors": ({"brandHue": 12.5}, []),
    "updateProfile": ({"id": "999999999", "name": "x", "avatar": "1"}, ["NOT_FOUND"]),
}
#: What viewers may not either, since an app would work for them.
WORKERS = {
    "createMandate": {"agent": "org.example.agent", "manifest": SUBJECT},
    "issueChildMandateKey": {"mandate": "999999999", "deviceId": "d"},
    "issueMandateKey": {"manifest": SUBJECT, "expiresInDays": 1},
}
ADMIN_QUERIES = [
    "auditEntries",
    "invites",
    "membershipRequests",
    "remoteValues",
    "webApps",
    "wishedDevices",
]
OPEN_QUERIES = [
    "apps",
    "appSessions",
    "clients",
    "deviceGroups",
    "devices",
    "groups",
    "hubs",
    "layers",
    "mandates",
    "me",
    "memberships",
    "mycontext",
    "myData",
    "mygroups",
    "myActiveMessages",
    "organizations",
    "releases",
    "reports",
    "roles",
    "scopes",
    "serviceInstances",
    "serviceReleases",
    "services",
    "strategy",
    "users",
]
LESSER = [role for role in BUILTIN_ROLES if role != "admin"]


def test_the_tables_hold_every_mutation_once():
    listed = [*ADMINS, *EVERYBODY, *WORKERS]
    known = {one.name for one in root_fields(SCHEMA) if one.kind == "mutation"}
    assert len(listed) == len(set(listed))
    assert set(listed) == known


@pytest.fixture
def with_role(ours, as_member):
    """A token of a new member with one role."""

    async def token(role: str, **claims: Any):
        mate = await sync_to_async(member)(ours.membership, f"{role}-mate", role)
        return as_member(mate, **{"roles": [role], "client_id": ours.client.client_id, **claims})

    return token


@pytest.fixture
def codes_of(graphql):
    async def ask(who, kind: str, name: str, wish: dict[str, Any] | None = None) -> list[str]:
        given = {"input": wish} if wish is not None else {}
        document, variables = operation_for(SCHEMA, RootField(kind, name), given)
        return list((await graphql(document, who, **variables)).codes)

    return ask


@pytest.mark.parametrize("role", LESSER)
async def test_what_admins_do_is_denied_to_others(codes_of, with_role, role):
    who = await with_role(role)
    trail = await sync_to_async(AuditEntry.objects.count)()
    said = {name: await codes_of(who, "mutation", name, wish) for name, wish in ADMINS.items()}
    assert said == dict.fromkeys(ADMINS, DENIED)
    read = {name: await codes_of(who, "query", name) for name in ADMIN_QUERIES}
    assert read == dict.fromkeys(ADMIN_QUERIES, DENIED)
    assert await sync_to_async(AuditEntry.objects.count)() == trail


@pytest.mark.parametrize("role", LESSER)
async def test_what_everybody_may_is_served(codes_of, with_role, role):
    who = await with_role(role)
    said = {}
    for name, (wish, _) in EVERYBODY.items():
        said[name] = await codes_of(who, "mutation", name, wish)
    assert said == {name: codes for name, (_, codes) in EVERYBODY.items()}
    read = {name: await codes_of(who, "query", name) for name in OPEN_QUERIES}
    assert read == {name: [] for name in OPEN_QUERIES}


@pytest.mark.parametrize(
    ("role", "codes"),
    [
        ("viewer", [DENIED, ["NOT_FOUND"], DENIED]),
        ("user", [[], ["NOT_FOUND"], []]),
        ("editor", [[], ["NOT_FOUND"], []]),
        ("bot", [[], ["NOT_FOUND"], []]),
        ("deployer", [[], ["NOT_FOUND"], []]),
    ],
)
async def test_who_may_let_apps_log_in_without_a_person(codes_of, with_role, role, codes):
    who = await with_role(role)
    said = [await codes_of(who, "mutation", name, wish) for name, wish in WORKERS.items()]
    assert said == codes


async def test_a_word_of_the_token_that_is_true_no_more_opens_nothing(codes_of, with_role):
    """The token still says admin; the membership does not."""
    who = await with_role("user", roles=["admin"])
    said = {name: await codes_of(who, "mutation", name, wish) for name, wish in ADMINS.items()}
    assert said == dict.fromkeys(ADMINS, DENIED)


async def test_a_right_the_token_does_not_carry_opens_nothing(codes_of, with_role):
    """The member became an admin since; this app's token was made before."""
    who = await with_role("admin", roles=["user"])
    said = {name: await codes_of(who, "mutation", name, wish) for name, wish in ADMINS.items()}
    assert said == dict.fromkeys(ADMINS, DENIED)


async def test_a_role_of_ones_own_opens_nothing_by_itself(codes_of, ours, with_role):
    def make() -> None:
        Role.objects.create(organization=ours.membership.organization, identifier="painter")

    await sync_to_async(make)()
    who = await with_role("painter")
    asked = {name: await codes_of(who, "query", name) for name in ("users", "apps", "services")}
    assert asked == dict.fromkeys(("users", "apps", "services"), DENIED)
    assert await codes_of(who, "mutation", "createProfile", EVERYBODY["createProfile"][0]) == DENIED


async def test_a_blocked_member_is_nobody(codes_of, ours, with_role):
    who = await with_role("admin")

    def block() -> None:
        ours.membership.organization.memberships.filter(user__username="admin-mate").update(
            is_blocked=True
        )

    await sync_to_async(block)()
    said = {name: await codes_of(who, "mutation", name, wish) for name, wish in ADMINS.items()}
    assert said == {name: ["UNAUTHENTICATED"] for name in ADMINS}


async def test_requests_below_an_organization_are_for_its_admins(graphql, ours, with_role):
    document = "{ organizations { slug membershipRequests { user { username } } } }"
    asked = 'mutation { requestRoles(input: {roles: ["editor"]}) { status } }'
    mate = await with_role("user")
    assert (await graphql(asked, mate)).ok() == {"requestRoles": {"status": "pending"}}
    seen = (await graphql(document, mate)).ok()["organizations"]
    assert seen == [{"slug": "lab", "membershipRequests": []}]
    seen = (await graphql(document, ours.member)).ok()["organizations"]
    assert seen == [
        {"slug": "lab", "membershipRequests": [{"user": {"username": "user-mate"}}]},
    ]
