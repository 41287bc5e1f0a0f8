"""What mutations about people say to input they cannot take: the code, and the field at fault."""

from __future__ import annotations

import pytest
from refusing import ABSENT, INVALID, TAKEN, absent, state

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


@pytest.mark.parametrize(
    "tables",
    [PEOPLE, GROUPS],
    ids=["people", "groups"],
)
async def test_bad_input_is_refused_by_field_and_changes_nothing(refused, tables):
    before = await state()
    for name, table in tables.items():
        await refused(name, table)
    assert await state() == before
