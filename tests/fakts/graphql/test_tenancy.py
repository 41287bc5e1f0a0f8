"""Every root field of fakts against strangers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from appside import Api, manifest
from people import member

from chassis import clock
from chassis.testing.tenancy import TenancySuite, World, root_fields
from fakts_server.app import SCHEMA
from fakts_server.models.audit import AuditEntry
from fakts_server.models.credential import DeviceCode, RefreshToken
from fakts_server.models.group import DeviceGroup, Group
from fakts_server.models.instance import InstanceAlias, ServiceInstance
from fakts_server.models.joining import Invite, MembershipRequest
from fakts_server.models.mandate import Mandate
from fakts_server.models.media import Media
from fakts_server.models.message import SystemMessage
from fakts_server.models.organization import Hub, Role
from fakts_server.models.relying_party import RelyingParty
from fakts_server.models.setting import RemoteValue
from fakts_server.models.user import User

MARKER = "lab-"


@pytest.fixture
def lab_eve(lab):
    return member(lab, "lab-eve")


def our_rows(ours, eve) -> dict[str, dict]:
    """Rows of all kinds in our organization, by the root fields that ask for one."""
    here = ours.membership
    organization = here.organization
    role = Role.objects.create(organization=organization, identifier="lab-role")
    invite = Invite.objects.create(organization=organization, created_by=here.user, max_uses=5)
    asks = MembershipRequest.objects.create(organization=organization, user=eve.user)
    note = SystemMessage.objects.create(
        organization=organization, user=here.user, message="lab-note"
    )
    device = ours.client.device
    machines = DeviceGroup.objects.create(organization=organization, name="lab-machines")
    first, _ = (
        RemoteValue.objects.create(
            organization=organization,
            key="a.b",
            kind="text",
            value="lab-value",
            version=version,
            is_current=version == 2,
        )
        for version in (1, 2)
    )
    party = RelyingParty.objects.create(
        client_id="web-lab", name="lab-viewer", organization=organization, secret_hash="0" * 64
    )
    session = RefreshToken.objects.create(
        token_hash="0" * 64,
        client=ours.client,
        chain_started_at=clock.now(),
        issued_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )
    AuditEntry.objects.create(organization_id=organization.pk, action="lab-act", details={})
    started, other, wished = (Api().start(identifier="waiting") for _ in range(3))
    code = DeviceCode.objects.get(user_code=wished["user_code"])
    code.wished_by, code.wish = (
        eve,
        {"declined": [], "device_name": "", "hub": None, "choices": {}},
    )
    code.save()
    one = {"id": str(eve.pk)}
    return {
        "organization": {"id": str(organization.pk)},
        "role": {"id": str(role.pk)},
        "hub": {"id": str(ours.instance.hub_id)},
        "device": {"id": str(device.pk)},
        "deviceGroup": {"id": str(machines.pk)},
        "message": {"id": str(note.pk)},
        "remoteValueHistory": {"key": "a.b"},
        "deviceByDeviceId": {"id": "3d12aa"},
        "updateDevice": {"input": {"id": str(device.pk), "name": "x"}},
        "createDeviceGroup": {"input": {"name": "x"}},
        "createHub": {"input": {"identifier": "x"}},
        "createRole": {"input": {"identifier": "x"}},
        "deleteRole": {"input": {"id": str(role.pk)}},
        "createOrganization": {"input": {"name": "x"}},
        "updateOrganization": {"input": {"id": str(organization.pk), "name": "x"}},
        "addUserToOrganization": {
            "input": {
                "user": str(_asked(organization).pk),
                "organization": str(organization.pk),
                "roles": ["user"],
            }
        },
        "setMemberRoles": {"input": {**one, "roles": ["user"]}},
        "blockMember": {"input": one},
        "removeMember": {"input": one},
        "transferOwnership": {"input": {"user": str(_second_admin(eve).user_id)}},
        "requestMembership": {"input": {"organization": str(organization.pk)}},
        "requestRoles": {"input": {"roles": ["editor"]}},
        "approveMembershipRequest": {"input": {"id": str(asks.pk)}},
        "declineMembershipRequest": {"input": {"id": str(asks.pk)}},
        "deleteMyAccount": {"input": {"username": "nobody"}},
        "createInvite": {"input": {}},
        "acceptInvite": {"input": {"token": "bin_unknown"}},
        "declineInvite": {"input": {"token": "bin_unknown"}},
        "cancelInvite": {"input": {"id": str(invite.pk)}},
        "notifyUser": {"input": {"user": str(eve.user_id), "message": "x"}},
        "acknowledgeMessage": {"input": {"id": str(note.pk), "acknowledged": True}},
        "registerComChannel": {"input": {"token": "x"}},
        "revokeClient": {"input": {"id": str(ours.client.pk)}},
        "endSession": {"input": {"id": str(session.chain)}},
        "acceptDeviceCode": {"input": {"code": started["user_code"]}},
        "declineDeviceCode": {"input": {"code": other["user_code"]}},
        "decideWishedDevice": {"input": {"id": str(code.pk), "allow": False}},
        "deviceCodeByCode": {"code": started["user_code"]},
        "setStrategy": {"input": {"approval": "member"}},
        "updateMembershipColors": {"input": {}},
        "setRemoteValue": {"input": {"key": "c.d", "value": 1}},
        "registerWebApp": {"input": {"name": "x", "redirectUris": ["https://x.example/"]}},
        "rotateWebAppSecret": {"input": {"id": str(party.pk)}},
        "removeWebApp": {"input": {"id": str(party.pk)}},
        "removeRemoteValue": {"input": {"key": "a.b"}},
        "rollbackRemoteValue": {"input": {"id": str(first.pk)}},
    }


def _asked(organization):
    user = User.objects.create(username="lab-zoe")
    MembershipRequest.objects.create(organization=organization, user=user)
    return user


def _second_admin(eve):
    return member(eve, "lab-heir", "admin")


class Suite(TenancySuite):
    """What every service is held to; it grows with the schema by itself."""

    schema = SCHEMA


SUITE = Suite()
ROOTS = root_fields(SCHEMA)
#: Fields whose argument names nothing of ours, and why.
EXEMPT = {
    "deviceByDeviceId": "a raw id names a row of its own in each organization",
    "deviceCodeByCode": "a waiting device is nobody's until somebody who sees its code decides",
    "acceptDeviceCode": "and whoever lets it in lets it into their own organization",
    "declineDeviceCode": "or refuses it for everybody, as the pages allow as well",
}
#: Fields that need an account and no role, and why.
OF_PEOPLE = {
    "acceptInvite": "an invite is for whoever holds the link",
    "declineInvite": "as above",
    "requestMembership": "who asks to join is no member yet",
    "myData": "people have a right to their own data",
    "deleteMyAccount": "and to have it deleted",
}
#: Fields that ourselves get nothing from here, and why; they are held to `NOT_FOUND` instead.
NOTHING_THERE = {
    "acceptInvite": "whoever sees our rows is a member already; `test_joining.py` joins by a link",
    "declineInvite": "as above, and an invite that is declined is gone for the other fields",
}
#: Fields that succeed for every admin, since they are about the caller's own organization, and why
#: nothing of ours can be reached by them; the marker may not be in their answers either.
CREATES = {
    **EXEMPT,
    "createDeviceGroup": "makes a group in the organization of the token; names no machine here",
    "createGroup": "makes a group in the organization of the token, from a name alone",
    "createHub": "makes a hub in the organization of the token, from an identifier alone",
    "createInvite": "makes a link to the organization of the token",
    "createOrganization": "founds one that is the caller's, from a name alone",
    "createRole": "makes a role in the organization of the token, from an identifier alone",
    "registerComChannel": "keeps a channel of the caller's own account, from a token alone",
    "registerWebApp": "registers it for the organization of the token, from addresses alone",
    "remoteValueHistory": "a key is a word, and each organization has its own versions of it",
    "requestMembership": "answers `true` for any id, so that nobody learns which exist",
    "requestRoles": "asks in the organization of the token; roles are words of its own",
    "setRemoteValue": "a key is a word, and each organization sets its own value for it",
    "setStrategy": "each organization has one, and the token says which",
    "strategy": "as above, for reading",
    "updateMembershipColors": "colours of the membership the token is of",
    "createMandate": "for an app named by a word, acting as the caller in their organization",
    "issueMandateKey": "as above",
    "myManagedClients": "lists what is the caller's own; its argument is a kind, not a row",
    "requestMediaUpload": "makes a row of the caller's; the key is a name for the file",
}


@pytest.fixture
def world(ours, theirs, lab_eve) -> World:
    membership = ours.membership
    agent = Mandate.objects.create(
        grantor=membership,
        hub=Hub.objects.get(organization=membership.organization),
        claimant="agent",
        agent_identifier="org.example.blobs",
        label="lab-agent",
        pin_identifier="lab-subject",
    )
    organization = membership.organization
    instance = ours.instance
    group = Group.objects.create(organization=organization, name="lab-group")
    media = Media.objects.create(
        organization_id=organization.pk,
        owner_id=membership.user_id,
        name="lab-media",
        content_type="image/png",
        is_stored=True,
    )
    added = ServiceInstance.objects.create(
        hub=instance.hub, release=instance.release, identifier="lab-added"
    )
    alias = InstanceAlias.objects.create(instance=instance, kind="absolute", host="lab-x")
    rows = our_rows(ours, lab_eve)
    wish = {"identifier": "org.example.subject", "version": "1", "scopes": ["read"]}
    return World(
        ours=ours.member,
        theirs=theirs.member,
        marker=MARKER,
        arguments={
            "layer": {"id": f"{organization.pk}-absolute"},
            "group": {"id": str(group.pk)},
            "createGroup": {"input": {"name": "a new one"}},
            "setGroupMembers": {"input": {"id": str(group.pk), "users": []}},
            "deleteGroup": {"input": {"id": str(group.pk)}},
            "createGroupProfile": {
                "input": {"group": str(group.pk), "name": "x", "avatar": str(media.pk)}
            },
            "updateGroupProfile": {
                "input": {"id": str(group.pk), "name": "x", "avatar": str(media.pk)}
            },
            "createProfile": {"input": {"user": str(membership.user_id), "name": "x"}},
            "updateProfile": {
                "input": {
                    "id": str(membership.user_id),
                    "name": "x",
                    "avatar": str(media.pk),
                }
            },
            **rows,
            "requestMediaUpload": {"input": {"key": "a.png", "datalayer": "x"}},
            "createServiceInstance": {
                "input": {
                    "identifier": "second",
                    "service": str(instance.release.service_id),
                }
            },
            "updateServiceInstance": {"input": {"id": str(instance.pk)}},
            "deleteServiceInstance": {"input": {"id": str(added.pk)}},
            "createAlias": {"input": {"instance": str(instance.pk), "alias": {"host": "lab-host"}}},
            "updateAlias": {"input": {"id": str(alias.pk), "alias": {"host": "lab-other"}}},
            "deleteAlias": {"input": {"id": str(alias.pk)}},
            "user": {"id": str(membership.user_id)},
            "app": {"id": str(ours.client.release.app_id)},
            "release": {"id": str(ours.client.release_id)},
            "client": {"id": str(ours.client.pk)},
            "myManagedClients": {"kind": "DEVELOPMENT"},
            "service": {"id": str(instance.release.service_id)},
            "serviceRelease": {"id": str(instance.release_id)},
            "serviceInstance": {"id": str(instance.pk)},
            "mandate": {"id": str(ours.mandate.pk)},
            "createMandate": {"input": {"agent": "org.example.agent", "manifest": wish}},
            "issueMandateKey": {"input": {"manifest": wish, "expiresInDays": 1}},
            "issueChildMandateKey": {"input": {"mandate": str(agent.pk), "deviceId": "d"}},
            "revokeMandate": {"input": {"id": str(ours.mandate.pk)}},
        },
        creates=frozenset(CREATES),
        own=frozenset({"me", *OF_PEOPLE}),
    )


async def each(roots, check) -> None:
    """Hold all fields against one world, which takes a second to build, and tell all faults."""
    faults = {}
    for root in roots:
        try:
            await check(root)
        except AssertionError as error:
            faults[str(root)] = error
    assert faults == {}


async def test_anonymous_is_refused(graphql, world):
    await each(ROOTS, lambda root: SUITE.test_anonymous_is_refused(graphql, root, world))


async def test_a_member_without_roles_is_refused(graphql, world, mint):
    await each(
        ROOTS,
        lambda root: SUITE.test_member_without_roles_is_refused(graphql, root, world, mint),
    )


async def test_another_organization_learns_nothing(graphql, world):
    await each(
        ROOTS, lambda root: SUITE.test_other_organization_learns_nothing(graphql, root, world)
    )


async def test_ourselves_are_served_by_every_query(graphql, world):
    queries = [one for one in ROOTS if one.kind == "query" and one.name not in NOTHING_THERE]
    await each(queries, lambda root: SUITE.test_ourselves_are_served(graphql, root, world))


@pytest.mark.parametrize(
    "root",
    [one for one in ROOTS if one.kind == "mutation" and one.name not in NOTHING_THERE],
    ids=str,
)
async def test_ourselves_are_served_by_each_mutation(graphql, world, root):
    await SUITE.test_ourselves_are_served(graphql, root, world)


@pytest.mark.parametrize("name", sorted(NOTHING_THERE))
async def test_what_is_not_there_is_not_found(graphql, world, name):
    [root] = [one for one in ROOTS if one.name == name]
    assert (await SUITE._ask(graphql, root, world, world.ours)).codes == ["NOT_FOUND"]


def test_the_marker_is_no_word_of_a_manifest():
    assert MARKER not in str(manifest())
