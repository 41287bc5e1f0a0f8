"""How people come into an organization: requests and invites, as both sides see them."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from fakts_server.models.joining import Invite, MembershipRequest


async def test_who_asks_to_join_is_answered(ask, graphql, ours, theirs):
    wish = """mutation ($o: ID!) {
      requestMembership(input: {organization: $o, reason: "we share a microscope"}) }"""
    here = str(ours.membership.organization_id)
    for _ in range(2):
        assert await ask(wish, theirs.member, o=here) is True
    requests = await ask("{ membershipRequests { id reason status user { username } } }")
    assert [(one["reason"], one["status"]) for one in requests] == [
        ("we share a microscope", "pending")
    ]
    no = """mutation ($id: ID!) {
      declineMembershipRequest(input: {id: $id}) { status resolvedBy { username } } }"""
    assert await ask(no, id=requests[0]["id"]) == {
        "status": "declined",
        "resolvedBy": {"username": "ada"},
    }
    assert await ask(wish, theirs.member, o=here) is True
    second = (await ask("{ membershipRequests { id status } }"))[0]
    yes = """mutation ($id: ID!) { approveMembershipRequest(input: {id: $id, roles: ["viewer"]}) {
      user { username } roles { identifier } } }"""
    assert await ask(yes, id=second["id"]) == {
        "user": {"username": "bob"},
        "roles": [{"identifier": "viewer"}],
    }
    assert (await graphql(yes, ours.member, id=second["id"])).codes == ["CONFLICT"]
    statuses = [row["status"] for row in await ask("{ membershipRequests { status } }")]
    assert statuses == ["approved", "declined"]


async def test_who_asked_is_added_once(ask, graphql, ours, theirs):
    organization = str(ours.membership.organization_id)
    await ask(
        "mutation ($o: ID!) { requestMembership(input: {organization: $o}) }",
        theirs.member,
        o=organization,
    )
    add = """mutation ($u: ID!, $o: ID!) {
      addUserToOrganization(input: {user: $u, organization: $o, roles: ["user", "bot"]}) {
        user { username } roles { identifier } organization { slug } } }"""
    wish = {"u": str(theirs.membership.user_id), "o": organization}
    added = await ask(add, **wish)
    assert added["organization"] == {"slug": "lab"}
    assert {row["identifier"] for row in added["roles"]} == {"user", "bot"}
    assert (await graphql(add, ours.member, **wish)).codes == ["CONFLICT"]


async def test_an_invite_goes_from_hand_to_hand(ask, graphql, ours, theirs):
    made = await ask(
        """mutation { createInvite(input: {
          maxUses: 2, expiresInDays: 3, roles: ["viewer"], email: "bob@example.org"
        }) { id token inviteUrl valid uses maxUses status roles { identifier }
             createdBy { username } createdFor { slug } } }"""
    )
    assert made["inviteUrl"].endswith(made["token"])
    assert (made["valid"], made["uses"], made["maxUses"]) == (True, 0, 2)
    assert (made["createdBy"], made["createdFor"]) == ({"username": "ada"}, {"slug": "lab"})
    accept = """mutation ($t: String!) { acceptInvite(input: {token: $t}) {
      user { username } organization { slug } roles { identifier } } }"""
    used = await ask(accept, theirs.member, t=made["token"])
    assert used == {
        "user": {"username": "bob"},
        "organization": {"slug": "lab"},
        "roles": [{"identifier": "viewer"}],
    }
    assert (await graphql(accept, theirs.member, t=made["token"])).codes == ["CONFLICT"]
    [row] = await ask("{ invites { uses status valid acceptedBy { username } } }")
    assert row == {
        "uses": 1,
        "status": "pending",
        "valid": True,
        "acceptedBy": {"username": "bob"},
    }
    await ask("mutation ($id: ID!) { cancelInvite(input: {id: $id}) { status } }", id=made["id"])
    [row] = await ask("{ invites { status valid } }")
    assert row == {"status": "cancelled", "valid": False}
    switch = await ask("{ organizations { slug } }", theirs.member)
    assert [one["slug"] for one in switch] == ["lab", "rival"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("{}", ["c@x.org", "b@x.org", "a@x.org"]),
        ('{search: "B@"}', ["b@x.org"]),
        ('{status: "pending"}', ["b@x.org", "a@x.org"]),
        ('{status: "declined"}', ["c@x.org"]),
        ('{status: "pending", search: "a@"}', ["a@x.org"]),
        ("{ids: []}", []),
    ],
)
async def test_invites_are_narrowed(ask, ours, filters, found):
    def fill() -> None:
        for name, status in (("a", "pending"), ("b", "pending"), ("c", "declined")):
            Invite.objects.create(
                organization=ours.membership.organization,
                created_by=ours.membership.user,
                email=f"{name}@x.org",
                status=status,
            )

    await sync_to_async(fill)()
    rows = await ask(f"{{ invites(filters: {filters}) {{ email }} }}")
    assert [row["email"] for row in rows] == found


async def test_one_open_request_is_enough(graphql, ours, as_member, mate):
    who = as_member(await mate, roles=["user"])
    wish = 'mutation { requestRoles(input: {roles: ["editor"]}) { wantedRoles { identifier } } }'
    first = (await graphql(wish, who)).ok()["requestRoles"]
    assert first == {"wantedRoles": [{"identifier": "editor"}]}
    assert (await graphql(wish, who)).codes == ["CONFLICT"]
    assert await sync_to_async(MembershipRequest.objects.count)() == 1
