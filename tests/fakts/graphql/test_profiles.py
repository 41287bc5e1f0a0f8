"""Profiles, groups, pictures and instances through GraphQL, as the released client asks."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from people import PNG, member

from fakts_server.models.group import Group
from fakts_server.models.media import Media, MediaContent

UPLOAD = """mutation ($key: String!, $datalayer: String!) {
  requestMediaUpload(input: {key: $key, datalayer: $datalayer}) {
    xAmzAlgorithm xAmzCredential xAmzDate xAmzSignature key bucket datalayer policy store } }"""
PROFILE = """mutation ($input: UpdateProfileInput!) {
  updateProfile(input: $input) { id name bio avatar { id key presignedUrl } } }"""


@sync_to_async
def uploaded(store: str) -> None:
    MediaContent.objects.create(media_id=store, content=PNG)
    Media.objects.filter(pk=store).update(is_stored=True)


async def test_a_person_gets_a_picture(graphql, ours):
    form = (await graphql(UPLOAD, ours.member, key="me.png", datalayer="x")).ok()
    store = form["requestMediaUpload"]["store"]
    wish = {"id": str(ours.membership.user_id), "name": "Ada", "avatar": store, "bio": "hello"}
    early = await graphql(PROFILE, ours.member, input=wish)
    assert early.codes == ["NOT_FOUND"], "a picture that was not sent shows nothing"
    await uploaded(store)
    profile = (await graphql(PROFILE, ours.member, input=wish)).ok()["updateProfile"]
    assert (profile["name"], profile["bio"]) == ("Ada", "hello")
    assert profile["avatar"]["key"] == form["requestMediaUpload"]["key"]
    assert profile["avatar"]["presignedUrl"].startswith("http")
    me = (await graphql("{ me { avatar profile { avatar { bucket } } } }", ours.member)).ok()["me"]
    assert me["avatar"].startswith("/fakts/media/")
    assert me["profile"]["avatar"]["bucket"] == "media"


async def test_a_link_may_ask_for_a_name_of_this_server_only(graphql, ours):
    form = (await graphql(UPLOAD, ours.member, key="me.png", datalayer="x")).ok()
    store = form["requestMediaUpload"]["store"]
    await uploaded(store)
    wish = {"id": str(ours.membership.user_id), "name": "Ada", "avatar": store}
    await graphql(PROFILE, ours.member, input=wish)
    asked = '{ me { profile { avatar { presignedUrl(host: "evil.example") } } } }'
    url = (await graphql(asked, ours.member)).ok()["me"]["profile"]["avatar"]["presignedUrl"]
    assert "evil.example" not in url


async def test_people_see_their_groups_of_one_organization_only(graphql, ours, theirs):
    @sync_to_async
    def build() -> None:
        both = member(ours.membership, "bob2").user
        for side, name in ((ours, "lab-optics"), (theirs, "rival-optics")):
            group = Group.objects.create(organization=side.membership.organization, name=name)
            group.users.add(both, side.membership.user)

    await build()
    users = (await graphql("{ users { username groups { name } } }", ours.member)).ok()["users"]
    found = {user["username"]: [one["name"] for one in user["groups"]] for user in users}
    assert found == {"ada": ["lab-optics"], "bob2": ["lab-optics"]}
    mine = (await graphql("{ mygroups { name users { username } } }", ours.member)).ok()
    assert mine["mygroups"][0]["name"] == "lab-optics"


async def test_a_group_is_made_filled_and_removed(graphql, ours):
    made = await graphql('mutation { createGroup(input: {name: "optics"}) { id } }', ours.member)
    group = made.ok()["createGroup"]["id"]
    filled = await graphql(
        "mutation ($g: ID!, $u: [ID!]!) {"
        " setGroupMembers(input: {id: $g, users: $u}) { users { username } profile { name } } }",
        ours.member,
        g=group,
        u=[str(ours.membership.user_id)],
    )
    assert filled.ok()["setGroupMembers"] == {
        "users": [{"username": "ada"}],
        "profile": {"name": "optics"},
    }
    gone = "mutation ($g: ID!) { deleteGroup(input: {id: $g}) }"
    assert (await graphql(gone, ours.member, g=group)).ok() == {"deleteGroup": group}
    assert (await graphql(gone, ours.member, g=group)).codes == ["NOT_FOUND"]


@pytest.mark.parametrize(("search", "count"), [("opt", 1), ("x", 0)])
async def test_groups_are_searched(graphql, ours, search, count):
    await graphql('mutation { createGroup(input: {name: "optics"}) { id } }', ours.member)
    found = await graphql(
        "query ($s: String) { groups(filters: {search: $s}) { id } }", ours.member, s=search
    )
    assert len(found.ok()["groups"]) == count


async def test_an_instance_is_opened_for_some(graphql, ours):
    kinds = await graphql('{ services(filters: {search: "mikro"}) { id } }', ours.member)
    made = await graphql(
        'mutation ($s: ID!) { createServiceInstance(input: {identifier: "two", service: $s})'
        " { id instanceId isConfigured hub { identifier } } }",
        ours.member,
        s=kinds.ok()["services"][0]["id"],
    )
    instance = made.ok()["createServiceInstance"]
    assert (instance["instanceId"], instance["isConfigured"]) == ("two", False)
    changed = await graphql(
        "mutation ($input: UpdateServiceInstanceInput!) { updateServiceInstance(input: $input)"
        " { isDefault provides allowedUsers { username } deniedUsers { id } } }",
        ours.member,
        input={
            "id": instance["id"],
            "allowedUsers": [str(ours.membership.user_id)],
            "isDefault": True,
            "provides": ["cuda"],
        },
    )
    assert changed.ok()["updateServiceInstance"] == {
        "isDefault": True,
        "provides": ["cuda"],
        "allowedUsers": [{"username": "ada"}],
        "deniedUsers": [],
    }
    alias = await graphql(
        'mutation ($i: ID!) { createAlias(input: {instance: $i, alias: {host: "gpu"}})'
        " { id host kind instance { instanceId } layer { id } } }",
        ours.member,
        i=instance["id"],
    )
    assert alias.ok()["createAlias"]["instance"] == {"instanceId": "two"}
