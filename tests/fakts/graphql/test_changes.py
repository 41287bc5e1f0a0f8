"""What each mutation changes, read back through the API as another question."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from appside import Api, requirement
from asgiref.sync import sync_to_async

from chassis import clock
from fakts_server.models.audit import AuditEntry
from fakts_server.models.user import User


@sync_to_async
def trail() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


async def test_roles_of_a_member_are_replaced(ask, ours, mate):
    eve = await mate
    before = await trail()
    set_roles = """mutation ($id: ID!, $roles: [String!]!) {
      setMemberRoles(input: {id: $id, roles: $roles}) { roles { identifier } } }"""
    for roles in (["editor", "viewer"], ["viewer"], [], ["bot", "bot"]):
        changed = await ask(set_roles, id=str(eve.pk), roles=roles)
        assert {row["identifier"] for row in changed["roles"]} == set(roles)
        listed = await ask(
            '{ memberships(filters: {search: "EVE"}) { user { username } roles { identifier } } }'
        )
        assert [row["user"]["username"] for row in listed] == ["eve"]
        assert {row["identifier"] for row in listed[0]["roles"]} == set(roles)
    assert (await trail())[len(before) :] == ["member.roles_set"] * 4


async def test_a_member_is_shut_out_and_let_in(ask, graphql, as_member, mate):
    eve = await mate
    who = as_member(eve, roles=["user"])
    block = """mutation ($id: ID!, $blocked: Boolean!) {
      blockMember(input: {id: $id, blocked: $blocked}) { isBlocked } }"""
    for blocked, codes in ((True, ["UNAUTHENTICATED"]), (False, []), (True, ["UNAUTHENTICATED"])):
        assert (await ask(block, id=str(eve.pk), blocked=blocked)) == {"isBlocked": blocked}
        assert (await graphql("{ me { id } }", who)).codes == codes
    assert (await trail())[-3:] == ["member.blocked", "member.unblocked", "member.blocked"]


async def test_a_removed_member_is_in_no_list(ask, ours, mate):
    eve = await mate
    group = await ask('mutation { createGroup(input: {name: "optics"}) { id } }')
    await ask(
        """mutation ($g: ID!, $u: [ID!]!) {
        setGroupMembers(input: {id: $g, users: $u}) { id } }""",
        g=group["id"],
        u=[str(eve.user_id)],
    )
    await ask(
        """mutation ($i: ID!, $u: [ID!]!) {
        updateServiceInstance(input: {id: $i, deniedUsers: $u, allowedUsers: $u}) { id } }""",
        i=str(ours.instance.pk),
        u=[str(eve.user_id)],
    )
    gone = "mutation ($id: ID!) { removeMember(input: {id: $id}) }"
    assert await ask(gone, id=str(eve.pk)) == str(eve.pk)
    assert [row["username"] for row in await ask("{ users { username } }")] == ["ada"]
    assert await ask("{ groups { users { username } } }") == [{"users": []}]
    instance = await ask(
        "query ($i: ID!) { serviceInstance(id: $i) { allowedUsers { id } deniedUsers { id } } }",
        i=str(ours.instance.pk),
    )
    assert instance == {"allowedUsers": [], "deniedUsers": []}


async def test_a_member_leaves(ask, as_member, mate):
    eve = await mate
    who = as_member(eve, roles=["user"])
    gone = "mutation ($id: ID!) { removeMember(input: {id: $id}) }"
    assert await ask(gone, who, id=str(eve.pk)) == str(eve.pk)
    assert [row["username"] for row in await ask("{ users { username } }")] == ["ada"]


async def test_the_organization_is_handed_to_another_admin(ask, graphql, ours, mate):
    eve = await mate
    hand = "mutation ($u: ID!) { transferOwnership(input: {user: $u}) { slug } }"
    early = await graphql(hand, ours.member, u=str(eve.user_id))
    assert early.codes in (["NOT_FOUND"], ["CONFLICT"], ["INVALID_INPUT"]), "eve is no admin yet"
    await ask(
        """mutation ($id: ID!) {
        setMemberRoles(input: {id: $id, roles: ["admin"]}) { id } }""",
        id=str(eve.pk),
    )
    assert await ask(hand, u=str(eve.user_id)) == {"slug": "lab"}
    again = await graphql(hand, ours.member, u=str(ours.membership.user_id))
    assert again.codes == ["CONFLICT"], "who handed over owns no more"


async def test_a_note_is_read_and_unread(ask, graphql, as_member, mate):
    eve = await mate
    who = as_member(eve, roles=["user"])
    send = """mutation ($u: ID!) {
      notifyUser(input: {user: $u, message: "the laser is off", title: "Lab"}) }"""
    assert await ask(send, u=str(eve.user_id)) is True
    mine = "{ myActiveMessages { id title message acknowledgedAt user { username } } }"
    [note] = await ask(mine, who)
    assert (note["title"], note["message"]) == ("Lab", "the laser is off")
    assert (note["acknowledgedAt"], note["user"]) == (None, {"username": "eve"})
    assert await ask(mine) == [], "notes are seen by whom they are for"
    mark = """mutation ($id: ID!, $done: Boolean!) {
      acknowledgeMessage(input: {id: $id, acknowledged: $done}) { acknowledgedAt } }"""
    for done, left in ((True, 0), (True, 0), (False, 1)):
        marked = await ask(mark, who, id=note["id"], done=done)
        assert (marked["acknowledgedAt"] is not None) is done
        assert len(await ask(mine, who)) == left
    read = "query ($id: ID!) { message(id: $id) { message } }"
    assert await ask(read, who, id=note["id"]) == {"message": "the laser is off"}
    for document, wish in ((read, {}), (mark, {"done": True})):
        assert (await graphql(document, None, id=note["id"], **wish)).codes == ["UNAUTHENTICATED"]


async def test_a_channel_is_registered_once(ask):
    register = "mutation ($t: String!) { registerComChannel(input: {token: $t}) { id } }"
    first, again, other = [await ask(register, t=token) for token in ("a", "a", "b")]
    assert first == again != other


async def test_colours_are_set_and_taken_back(ask):
    paint = """mutation ($hue: Float, $chroma: Float) {
      updateMembershipColors(input: {brandHue: $hue, brandChroma: $chroma}) {
        brandHue brandChroma } }"""
    for hue, chroma in ((0, 0), (360, 1), (12.5, None), (None, 0.25), (None, None)):
        set_to = {"brandHue": hue, "brandChroma": chroma}
        assert await ask(paint, hue=hue, chroma=chroma) == set_to
        assert await ask("{ memberships { brandHue brandChroma } }") == [set_to]


async def test_an_organization_is_founded_and_changed(ask, ours):
    made = await ask(
        """mutation { createOrganization(input: {name: " The Other Lab ", description: "d"}) {
        id slug name description } }"""
    )
    assert (made["slug"], made["name"], made["description"]) == (
        "the-other-lab",
        "The Other Lab",
        "d",
    )
    names = [row["name"] for row in await ask("{ organizations { name } }")]
    assert sorted(names) == ["The Other Lab", "lab"]
    change = """mutation ($i: UpdateOrganizationInput!) {
      updateOrganization(input: $i) { slug name description profile { name bio } } }"""
    here = str(ours.membership.organization_id)
    steps: list[tuple[dict[str, str], tuple[str, str]]] = [
        ({"name": "Lab of light"}, ("Lab of light", "")),
        ({"description": "We look"}, ("Lab of light", "We look")),
        ({"name": "Lab"}, ("Lab", "We look")),
        ({"description": ""}, ("Lab", "")),
        ({}, ("Lab", "")),
    ]
    for step, (name, description) in steps:
        changed = await ask(change, i={"id": here, **step})
        assert changed == {
            "slug": "lab",
            "name": name,
            "description": description,
            "profile": {"name": name, "bio": description or None},
        }


async def test_a_role_of_ones_own_comes_and_goes(ask, mate):
    eve = await mate
    made = await ask(
        """mutation { createRole(input: {identifier: "laser.safe", description: "trained"}) {
        id identifier description isBuiltin declaredBy organization { slug } } }"""
    )
    assert (made["isBuiltin"], made["declaredBy"]) == (False, "")
    assert made["organization"] == {"slug": "lab"}
    await ask(
        """mutation ($id: ID!) {
        setMemberRoles(input: {id: $id, roles: ["user", "laser.safe"]}) { id } }""",
        id=str(eve.pk),
    )
    read = "query ($id: ID!) { role(id: $id) { identifier } }"
    assert await ask(read, id=made["id"]) == {"identifier": "laser.safe"}
    gone = "mutation ($id: ID!) { deleteRole(input: {id: $id}) }"
    assert await ask(gone, id=made["id"]) == made["id"]
    [row] = await ask('{ memberships(filters: {search: "eve"}) { roles { identifier } } }')
    assert row == {"roles": [{"identifier": "user"}]}


async def test_an_account_is_deleted_with_all_that_hangs_on_it(ask, graphql, as_member, mate):
    eve = await mate
    who = as_member(eve, roles=["user"])
    delete = "mutation ($name: String!) { deleteMyAccount(input: {username: $name}) }"
    assert (await graphql(delete, who, name="Eve")).codes == ["CONFLICT"]
    assert await ask("{ myData }", who)
    assert await ask(delete, who, name="eve") is True
    assert (await graphql("{ me { id } }", who)).codes == ["UNAUTHENTICATED"]
    assert [row["username"] for row in await ask("{ users { username } }")] == ["ada"]
    assert not await sync_to_async(User.objects.filter(username="eve").exists)()


async def test_the_context_is_that_of_the_token(ask, ours, theirs, as_member):
    document = """query ($o: ID!) { mycontext { user { username } organization { slug }
      roles scope fitsActiveOrganization memberOf(organization: $o) hub { id } } }"""
    here, there = (str(side.membership.organization_id) for side in (ours, theirs))
    seen = await ask(document, o=here)
    assert seen["user"] == {"username": "ada"}
    assert seen["organization"] == {"slug": "lab"}
    assert (seen["roles"], seen["memberOf"]) == (["admin"], True)
    assert seen["hub"] == {"id": str(ours.instance.hub_id)}
    for stranger in (there, "999999999", "x", ""):
        assert (await ask(document, o=stranger))["memberOf"] is False
    elsewhere = as_member(ours.membership, client_id="removed-since")
    assert (await ask(document, elsewhere, o=here))["hub"] is None


async def test_a_device_waits_is_seen_and_decided(ask, graphql, ours):
    @sync_to_async
    def start(name: str) -> dict[str, Any]:
        needs = [
            requirement("rekuest", "live.arkitekt.rekuest"),
            requirement("omero", "org.example.omero", optional=True),
        ]
        return Api().start(identifier=name, requirements=needs)

    seen = """query ($code: String!) { deviceCodeByCode(code: $code) { identifier version
      problem requirements { key optional instance } } }"""
    waiting = await start("org.example.one")
    shown = await ask(seen, code=waiting["user_code"].lower().replace("-", " "))
    assert (shown["identifier"], shown["problem"]) == ("org.example.one", None)
    assert shown["requirements"] == [
        {"key": "rekuest", "optional": False, "instance": "rekuest"},
        {"key": "omero", "optional": True, "instance": None},
    ]
    accept = """mutation ($code: String!) { acceptDeviceCode(input: {code: $code,
      deviceName: "bench"}) { node { name } mappings { key } user { username } } }"""
    client = await ask(accept, code=waiting["user_code"])
    assert client == {
        "node": {"name": "bench"},
        "mappings": [{"key": "rekuest"}],
        "user": {"username": "ada"},
    }
    other = await start("org.example.two")
    decline = "mutation ($code: String!) { declineDeviceCode(input: {code: $code}) }"
    assert await ask(decline, code=other["user_code"]) is True
    for code in (waiting["user_code"], other["user_code"]):
        for document in (seen, accept, decline):
            assert (await graphql(document, ours.member, code=code)).codes == ["NOT_FOUND"]


async def test_an_app_whose_need_is_not_met_says_so(ask, graphql, ours):
    @sync_to_async
    def start() -> dict[str, Any]:
        return Api().start(requirements=[requirement("omero", "org.example.omero")])

    code = (await start())["user_code"]
    shown = await ask("query ($c: String!) { deviceCodeByCode(code: $c) { problem } }", c=code)
    assert "org.example.omero (as omero)" in shown["problem"]
    accept = "mutation ($c: String!) { acceptDeviceCode(input: {code: $c}) { id } }"
    refused = await graphql(accept, ours.member, c=code)
    assert refused.codes and "INTERNAL_ERROR" not in refused.codes


async def test_the_trail_is_searched_and_cut_by_time(ask, ours):
    def fill() -> None:
        for days, action in ((3, "zz-app.approved"), (2, "zz-role.created"), (1, "zz-app.removed")):
            AuditEntry.objects.create(
                organization_id=ours.membership.organization_id,
                action=action,
                at=clock.now() - timedelta(days=days),
                actor_id=ours.membership.user_id,
                details={},
            )

    await sync_to_async(fill)()
    border = (clock.now() - timedelta(days=1, hours=12)).isoformat()
    table: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["zz-app.removed", "zz-role.created", "zz-app.approved"]),
        ({"search": "ZZ-APP."}, ["zz-app.removed", "zz-app.approved"]),
        ({"since": border}, ["zz-app.removed"]),
        ({"until": border}, ["zz-role.created", "zz-app.approved"]),
        ({"until": border, "search": "zz-app"}, ["zz-app.approved"]),
        ({"since": border, "until": border}, []),
    ]
    document = """query ($f: AuditFilter) {
      auditEntries(filters: $f) { action actor { username } } }"""
    for filters, actions in table:
        rows = await ask(document, f=filters)
        ours_only = [row for row in rows if row["action"].startswith("zz-")]
        assert [row["action"] for row in ours_only] == actions
        assert all(row["actor"] == {"username": "ada"} for row in ours_only)
