"""What each mutation says to input it cannot take: the code, and the field at fault."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from people import member

from chassis.testing.tenancy import RootField, operation_for
from fakts_server.app import SCHEMA
from fakts_server.models.group import Group
from fakts_server.models.instance import InstanceAlias
from fakts_server.models.joining import Invite, MembershipRequest
from fakts_server.models.message import SystemMessage
from fakts_server.models.organization import Role
from fakts_server.models.setting import RemoteValue
from fakts_server.models.user import User

INVALID, ABSENT, TAKEN = "INVALID_INPUT", "NOT_FOUND", "CONFLICT"
SUBJECT = {"identifier": "org.example.subject", "version": "1", "scopes": ["read"]}


def rows_of(side, prefix: str) -> dict[str, str]:
    """Make a row of each kind in an organization; return ids by what they are."""
    here = side.membership
    organization = here.organization
    asker = User.objects.create(username=f"{prefix}asker")
    alias = InstanceAlias.objects.create(
        instance=side.instance, kind="absolute", host="taken", port=80, path="x"
    )
    value = RemoteValue.objects.create(
        organization=organization, key="a.b", kind="integer", value=1, version=1
    )
    rows: dict[str, Any] = {
        "organization": organization,
        "admin": here,
        "person": here.user,
        "mate": member(here, f"{prefix}mate"),
        "role": Role.objects.create(organization=organization, identifier="painter"),
        "builtin": Role.objects.get(organization=organization, identifier="editor"),
        "group": Group.objects.create(organization=organization, name="optics"),
        "invite": Invite.objects.create(organization=organization, created_by=here.user),
        "request": MembershipRequest.objects.create(organization=organization, user=asker),
        "answered": MembershipRequest.objects.create(
            organization=organization, user=asker, status="declined"
        ),
        "note": SystemMessage.objects.create(
            organization=organization, user=here.user, message="read me"
        ),
        "asker": asker,
        "instance": side.instance,
        "service": side.instance.release.service,
        "hub": side.instance.hub,
        "alias": alias,
        "device": side.client.device,
        "client": side.client,
        "app": side.client.release.app,
        "value": value,
        "mandate": side.mandate,
    }
    return {f"{prefix}{name}": str(row.pk) for name, row in rows.items()}


def filled(value: Any, ids: dict[str, str]) -> Any:
    """Put ids where a table names rows as `@row`."""
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        return ids[value[1:]]
    return value


@pytest.fixture
def ids(ours, theirs) -> dict[str, str]:
    return {**rows_of(ours, ""), **rows_of(theirs, "their-")}


@pytest.fixture
def refused(graphql, ours, ids):
    """Hold a mutation against a table; all rows that are answered otherwise are told at once."""

    async def check(name: str, table: list[tuple[dict[str, Any], str, str | None]]) -> None:
        faults = []
        for wish, code, field in table:
            document, variables = operation_for(
                SCHEMA, RootField("mutation", name), {"input": filled(wish, ids)}
            )
            answer = await graphql(document, ours.member, **variables)
            said = (answer.codes, [one["extensions"].get("field") for one in answer.errors])
            if said != ([code], [field]):
                faults.append((wish, said))
        assert faults == []

    return check


def absent(key: str, theirs: str, field: str | None = "id", **more: Any):
    """Foreign, unknown and impossible ids look the same, but for the field no id reaches."""
    return [
        ({key: f"@their-{theirs}", **more}, ABSENT, field),
        ({key: "999999999", **more}, ABSENT, field),
        ({key: "x", **more}, ABSENT, None),
        ({key: "-1", **more}, ABSENT, None),
        ({key: str(2**63), **more}, ABSENT, None),
    ]


HOST = {"host": "gpu"}
PEOPLE = {
    "setMemberRoles": [
        *absent("id", "mate", roles=["user"]),
        ({"id": "@mate", "roles": ["king"]}, INVALID, "roles"),
        ({"id": "@mate", "roles": ["user", ""]}, INVALID, "roles"),
        ({"id": "@admin", "roles": ["user"]}, TAKEN, "id"),
        ({"id": "@admin", "roles": []}, TAKEN, "id"),
    ],
    "blockMember": [
        *absent("id", "mate"),
        ({"id": "@admin"}, TAKEN, "id"),
    ],
    "removeMember": [
        *absent("id", "mate"),
        ({"id": "@admin"}, TAKEN, "id"),
    ],
    "transferOwnership": [
        ({"user": "@their-person"}, ABSENT, "user"),
        ({"user": "@asker"}, ABSENT, "user"),
        ({"user": "999999999"}, ABSENT, "user"),
        ({"user": "nobody"}, ABSENT, None),
    ],
    "addUserToOrganization": [
        ({"user": "@their-person", "organization": "@organization", "roles": []}, ABSENT, "user"),
        ({"user": "@their-asker", "organization": "@organization", "roles": []}, ABSENT, "user"),
        ({"user": "@asker", "organization": "@organization", "roles": ["king"]}, INVALID, "roles"),
        ({"user": "x", "organization": "@organization", "roles": []}, ABSENT, None),
    ],
    "createRole": [
        ({"identifier": ""}, INVALID, "identifier"),
        ({"identifier": "Painter"}, INVALID, "identifier"),
        ({"identifier": "a b"}, INVALID, "identifier"),
        ({"identifier": "a" * 101}, INVALID, "identifier"),
        ({"identifier": "admin"}, TAKEN, "identifier"),
        ({"identifier": "painter"}, TAKEN, "identifier"),
    ],
    "deleteRole": [
        *absent("id", "role"),
        ({"id": "@builtin"}, TAKEN, "id"),
    ],
    "updateMembershipColors": [
        ({"brandHue": -0.1}, INVALID, "brandHue"),
        ({"brandHue": 360.1}, INVALID, "brandHue"),
        ({"brandChroma": -0.1}, INVALID, "brandChroma"),
        ({"brandChroma": 1.1}, INVALID, "brandChroma"),
    ],
    "approveMembershipRequest": [
        *absent("id", "request"),
        ({"id": "@answered"}, TAKEN, "id"),
        ({"id": "@request", "roles": ["king"]}, INVALID, "roles"),
    ],
    "declineMembershipRequest": [
        *absent("id", "request"),
        ({"id": "@answered"}, TAKEN, "id"),
    ],
    "requestRoles": [
        ({"roles": ["king"]}, INVALID, "roles"),
        ({"roles": ["king", "user"]}, INVALID, "roles"),
    ],
    "createInvite": [
        ({"organization": "@their-organization"}, ABSENT, "organization"),
        ({"organization": "999999999"}, ABSENT, "organization"),
        ({"expiresInDays": 0}, INVALID, "expiresInDays"),
        ({"expiresInDays": 91}, INVALID, "expiresInDays"),
        ({"maxUses": 0}, INVALID, "maxUses"),
        ({"maxUses": 1001}, INVALID, "maxUses"),
        ({"roles": ["king"]}, INVALID, "roles"),
        ({"email": "nowhere"}, INVALID, "email"),
        ({"email": "a@b@c.org"}, INVALID, "email"),
    ],
    "cancelInvite": absent("id", "invite"),
    "acceptInvite": [
        ({"token": ""}, ABSENT, "token"),
        ({"token": "bin_"}, ABSENT, "token"),
        ({"token": f"bin_{'0' * 75}"}, ABSENT, "token"),
    ],
    "declineInvite": [
        ({"token": ""}, ABSENT, "token"),
        ({"token": "bin_\u00e4"}, ABSENT, "token"),
        ({"token": f"bin_{'g' * 75}"}, ABSENT, "token"),
    ],
    "notifyUser": [
        ({"user": "@their-person", "message": "x"}, ABSENT, "user"),
        ({"user": "@asker", "message": "x"}, ABSENT, "user"),
        ({"user": "@person", "message": ""}, INVALID, "message"),
        ({"user": "@person", "message": " \n"}, INVALID, "message"),
        ({"user": "@person", "message": "x" * 5001}, INVALID, "message"),
    ],
    "acknowledgeMessage": absent("id", "note", acknowledged=True),
    "registerComChannel": [
        ({"token": ""}, INVALID, "token"),
        ({"token": "x" * 4001}, INVALID, "token"),
    ],
    "deleteMyAccount": [
        ({"username": ""}, TAKEN, "username"),
        ({"username": "ADA"}, TAKEN, "username"),
        ({"username": "bob"}, TAKEN, "username"),
    ],
}
GROUPS = {
    "createGroup": [
        ({"name": ""}, INVALID, "name"),
        ({"name": "\t"}, INVALID, "name"),
        ({"name": "a\nb"}, INVALID, "name"),
        ({"name": "x" * 101}, INVALID, "name"),
        ({"name": " optics "}, TAKEN, "name"),
    ],
    "setGroupMembers": [
        *absent("id", "group", "group", users=[]),
        ({"id": "@group", "users": ["@their-person"]}, ABSENT, "users"),
        ({"id": "@group", "users": ["@person", "@their-person"]}, ABSENT, "users"),
        ({"id": "@group", "users": ["x"]}, ABSENT, "users"),
        ({"id": "@group", "users": ["@asker"]}, ABSENT, "users"),
    ],
    "deleteGroup": absent("id", "group", "group"),
    "createGroupProfile": [
        *absent("group", "group", "group", name="x", avatar="1"),
        ({"group": "@group", "name": "", "avatar": "1"}, INVALID, "name"),
        ({"group": "@group", "name": "x", "avatar": "999999999"}, ABSENT, "avatar"),
    ],
    "updateGroupProfile": [
        *absent("id", "group", "group", name="x", avatar="1"),
        ({"id": "@group", "name": "x" * 256, "avatar": "1"}, INVALID, "name"),
        ({"id": "@group", "name": "x", "avatar": "999999999"}, ABSENT, "avatar"),
    ],
    "createProfile": [
        ({"user": "@their-person", "name": "x"}, ABSENT, "id"),
        ({"user": "@asker", "name": "x"}, ABSENT, "id"),
        ({"user": "@person", "name": " "}, INVALID, "name"),
        ({"user": "@person", "name": "x" * 256}, INVALID, "name"),
    ],
    "updateProfile": [
        ({"id": "@their-person", "name": "x", "avatar": "1"}, ABSENT, "id"),
        ({"id": "@person", "name": "\x1b[31m", "avatar": "1"}, INVALID, "name"),
        ({"id": "@person", "name": "x", "avatar": "999999999"}, ABSENT, "avatar"),
        ({"id": "@person", "name": "x", "avatar": "x"}, ABSENT, None),
    ],
    "requestMediaUpload": [
        ({"key": "a.svg", "datalayer": ""}, INVALID, "contentType"),
        ({"key": "png", "datalayer": "", "contentType": "text/html"}, INVALID, "contentType"),
        ({"key": "noending", "datalayer": ""}, INVALID, "contentType"),
    ],
    "createOrganization": [
        ({"name": ""}, INVALID, "name"),
        ({"name": "!?"}, INVALID, "name"),
        ({"name": "Lab"}, TAKEN, "slug"),
        ({"name": "rival"}, TAKEN, "slug"),
    ],
    "updateOrganization": [
        ({"id": "@their-organization", "name": "x"}, ABSENT, "id"),
        ({"id": "999999999", "name": "x"}, ABSENT, "id"),
        ({"id": "@organization", "name": ""}, INVALID, "name"),
        ({"id": "@organization", "avatar": "999999999"}, ABSENT, "avatar"),
    ],
}
SERVICES = {
    "createServiceInstance": [
        ({"identifier": "", "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "a b", "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "---", "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "x" * 101, "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "rekuest", "service": "@service"}, TAKEN, "identifier"),
        ({"identifier": "new", "service": "@their-service"}, ABSENT, "service"),
        ({"identifier": "new", "service": "999999999"}, ABSENT, "service"),
        ({"identifier": "new", "service": "nothing"}, ABSENT, None),
        ({"identifier": "new", "service": "a." + "b" * 255}, INVALID, "name"),
        ({"identifier": "new", "service": "@service", "hub": "@their-hub"}, ABSENT, "hub"),
        (
            {"identifier": "new", "service": "@service", "allowedUsers": ["@their-person"]},
            ABSENT,
            "allowed_users",
        ),
        (
            {"identifier": "new", "service": "@service", "deniedGroups": ["@their-group"]},
            ABSENT,
            "denied_groups",
        ),
    ],
    "updateServiceInstance": [
        *absent("id", "instance"),
        ({"id": "@instance", "allowedUsers": ["@their-person"]}, ABSENT, "allowed_users"),
        ({"id": "@instance", "deniedUsers": ["@asker"]}, ABSENT, "denied_users"),
        ({"id": "@instance", "allowedGroups": ["@their-group"]}, ABSENT, "allowed_groups"),
        ({"id": "@instance", "deniedGroups": ["x"]}, ABSENT, "denied_groups"),
        ({"id": "@instance", "provides": ["cuda", ""]}, INVALID, "name"),
    ],
    "deleteServiceInstance": [
        *absent("id", "instance"),
        ({"id": "@instance"}, TAKEN, "id"),
    ],
    "createAlias": [
        *absent("instance", "instance", alias=HOST),
        ({"instance": "@instance", "alias": {"kind": "magic", **HOST}}, INVALID, "kind"),
        ({"instance": "@instance", "alias": {}}, INVALID, "host"),
        ({"instance": "@instance", "alias": {"host": "http://gpu"}}, INVALID, "host"),
        ({"instance": "@instance", "alias": {"host": "a b"}}, INVALID, "host"),
        ({"instance": "@instance", "alias": {"host": "gpu", "port": 0}}, INVALID, "port"),
        ({"instance": "@instance", "alias": {"host": "gpu", "port": 65536}}, INVALID, "port"),
        (
            {"instance": "@instance", "alias": {"host": "taken", "port": 80, "path": "/x/"}},
            TAKEN,
            "host",
        ),
    ],
    "updateAlias": [
        *absent("id", "alias", alias=HOST),
        ({"id": "@alias", "alias": {"kind": "", **HOST}}, INVALID, "kind"),
        ({"id": "@alias", "alias": {"kind": "docker"}}, INVALID, "host"),
        ({"id": "@alias", "alias": {"host": "gpu", "port": -1}}, INVALID, "port"),
    ],
    "deleteAlias": absent("id", "alias"),
    "createHub": [
        ({"identifier": ""}, INVALID, "identifier"),
        ({"identifier": "a/b"}, INVALID, "identifier"),
        ({"identifier": "-."}, INVALID, "identifier"),
        ({"identifier": "x" * 101}, INVALID, "identifier"),
        ({"identifier": "new", "name": "a\nb"}, INVALID, "name"),
    ],
    "updateDevice": [
        *absent("id", "device", name="x"),
        ({"id": "@device", "name": ""}, INVALID, "name"),
        ({"id": "@device"}, INVALID, "name"),
    ],
    "createDeviceGroup": [
        ({"name": ""}, INVALID, "name"),
        ({"name": "x" * 101}, INVALID, "name"),
        ({"name": "room", "devices": ["@their-device"]}, ABSENT, "devices"),
        ({"name": "room", "devices": ["@device", "999999999"]}, ABSENT, "devices"),
        ({"name": "room", "devices": ["x"]}, ABSENT, "devices"),
    ],
    "revokeClient": absent("id", "client"),
    "endSession": [
        ({"id": "x"}, ABSENT, "id"),
        ({"id": "00000000-0000-0000-0000-000000000000"}, ABSENT, "id"),
    ],
}
SETTINGS = {
    "setStrategy": [
        ({"approval": "nobody"}, INVALID, "approval"),
        ({"approval": ""}, INVALID, "approval"),
        ({"loginKinds": ["web", "fax"]}, INVALID, "loginKinds"),
        ({"knownApps": [{"identifier": ""}]}, INVALID, "knownApps"),
        ({"knownApps": [{"identifier": "a/b"}]}, INVALID, "knownApps"),
        ({"knownApps": [{"identifier": "a"}] * 501}, INVALID, "knownApps"),
    ],
    "setRemoteValue": [
        ({"key": "", "value": 1}, INVALID, "key"),
        ({"key": "A.b", "value": 1}, INVALID, "key"),
        ({"key": "a..b", "value": 1}, INVALID, "key"),
        ({"key": "a" * 201, "value": 1}, INVALID, "key"),
        ({"key": "new", "value": 1, "kind": "magic"}, INVALID, "kind"),
        ({"key": "new", "value": 1, "kind": "text"}, INVALID, "value"),
        ({"key": "new", "value": True, "kind": "integer"}, INVALID, "value"),
        ({"key": "new", "value": "1", "kind": "number"}, INVALID, "value"),
        ({"key": "new", "value": 0, "kind": "boolean"}, INVALID, "value"),
        ({"key": "a.b", "value": "no integer"}, INVALID, "value"),
        ({"key": "new", "value": "x" * 16_384}, INVALID, "value"),
        ({"key": "new", "value": 1, "app": "@their-app"}, ABSENT, "app"),
        ({"key": "new", "value": 1, "app": "x"}, ABSENT, None),
        ({"key": "new", "value": 1, "device": "@their-device"}, ABSENT, "device"),
        ({"key": "new", "value": 1, "app": "@app", "device": "999999999"}, ABSENT, "device"),
    ],
    "removeRemoteValue": [
        ({"key": "never.set"}, ABSENT, "key"),
        ({"key": "a.b", "app": "@app"}, ABSENT, "key"),
        ({"key": "a.b", "device": "@device"}, ABSENT, "key"),
        ({"key": "a.b", "app": "@their-app"}, ABSENT, "app"),
    ],
    "rollbackRemoteValue": [
        *absent("id", "value"),
        ({"id": "@value"}, TAKEN, "id"),
    ],
}
MANDATES = {
    "createMandate": [
        ({"agent": "", "manifest": SUBJECT}, INVALID, "agent"),
        ({"agent": "a", "manifest": {**SUBJECT, "version": ""}}, INVALID, "manifest.version"),
        ({"agent": "a", "manifest": SUBJECT, "hub": "@their-hub"}, ABSENT, "hub"),
        ({"agent": "a", "manifest": SUBJECT, "maxClients": 0}, INVALID, "maxClients"),
        ({"agent": "a", "manifest": SUBJECT, "expiresInDays": 0}, INVALID, "expiresInDays"),
        ({"agent": "a", "manifest": SUBJECT, "expiresInDays": 366}, INVALID, "expiresInDays"),
        ({"agent": "a", "manifest": SUBJECT, "agentUser": "@their-person"}, ABSENT, "agentUser"),
        ({"agent": "a", "manifest": SUBJECT, "agentUser": "@asker"}, ABSENT, "agentUser"),
    ],
    "issueChildMandateKey": [
        *absent("mandate", "mandate", None, deviceId="d"),
        ({"mandate": "@mandate", "deviceId": ""}, INVALID, "deviceId"),
        ({"mandate": "@mandate", "deviceId": "d"}, "PERMISSION_DENIED", None),
    ],
    "revokeMandate": absent("id", "mandate", None),
}


COUNTED = (Group, InstanceAlias, Invite, MembershipRequest, SystemMessage, Role, RemoteValue, User)


@sync_to_async
def state() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in COUNTED]


@pytest.mark.parametrize(
    "tables",
    [PEOPLE, GROUPS, SERVICES, SETTINGS, MANDATES],
    ids=["people", "groups", "services", "settings", "mandates"],
)
async def test_bad_input_is_refused_by_field_and_changes_nothing(refused, tables):
    before = await state()
    for name, table in tables.items():
        await refused(name, table)
    assert await state() == before
