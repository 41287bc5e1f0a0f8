"""People, apps, clients and services of an organization."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from fakts_server.models.client import Client

LISTS = "{ apps { id } releases { id } clients { id } services { id } serviceInstances { id } }"


async def test_me_is_the_account_behind_the_token(graphql, ours):
    answer = await graphql(
        "{ me { id username email avatar groups { id } profile { name avatar { id } } } }",
        ours.member,
    )
    assert answer.ok()["me"] == {
        "id": str(ours.membership.user_id),
        "username": "ada",
        "email": "",
        "avatar": None,
        "groups": [],
        "profile": {"name": "ada", "avatar": None},
    }


async def test_a_client_names_itself_and_what_it_is_wired_to(graphql, ours, theirs):
    answer = await graphql(
        "query ($id: ID!) { client(clientId: $id) { name kind role public functional"
        " user { username } mappings { key optional instance { instanceId"
        " aliases { kind path challenge } release { service { identifier } } } } } }",
        ours.member,
        id=ours.client.client_id,
    )
    client = answer.ok()["client"]
    assert client["name"] == "org.example.blobs:lab-1.0 by ada on lab-pc"
    assert (client["kind"], client["role"]) == ("DEVELOPMENT", "INTERFACE")
    assert client["user"] == {"username": "ada"}
    [mapping] = client["mappings"]
    assert mapping["instance"]["release"]["service"]["identifier"] == "live.arkitekt.rekuest"
    assert mapping["instance"]["aliases"] == [
        {"kind": "relative", "path": "rekuest", "challenge": "ht"}
    ]


async def test_each_organization_sees_its_own(graphql, ours, theirs):
    mine, foreign = await graphql(LISTS, ours.member), await graphql(LISTS, theirs.member)
    for name, rows in mine.ok().items():
        assert rows, name
        assert not {row["id"] for row in rows} & {row["id"] for row in foreign.ok()[name]}


@pytest.mark.parametrize(
    ("field", "filters", "found"),
    [
        ("apps", '{search: "blobs"}', 1),
        ("apps", '{search: "nothing"}', 0),
        ("apps", "{ids: []}", 0),
        ("apps", '{ids: ["x", "-1", "99999999999999999999"]}', 0),
        ("clients", "{role: INTERFACE}", 1),
        ("clients", "{role: AGENT}", 0),
        ("services", '{search: "live.arkitekt.mikro"}', 1),
        ("serviceInstances", '{search: "s3"}', 1),
        ("serviceReleases", '{search: "nothing"}', 0),
        ("users", '{search: "AD"}', 1),
        ("users", '{search: "bob"}', 0),
        ("mandates", "{live: true}", 1),
        ("mandates", "{live: false}", 0),
    ],
)
async def test_lists_are_narrowed(graphql, ours, field, filters, found):
    answer = await graphql(f"{{ {field}(filters: {filters}) {{ id }} }}", ours.member)
    assert len(answer.ok()[field]) == found


@pytest.mark.parametrize("field", ["user", "service", "serviceInstance", "mandate", "release"])
@pytest.mark.parametrize("wrong", ["0", "x", "-1", "99999999999999999999", "1.5"])
async def test_what_is_no_id_is_not_found(graphql, ours, field, wrong):
    answer = await graphql(
        f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", ours.member, id=wrong
    )
    assert answer.codes == ["NOT_FOUND"]


async def test_an_app_without_a_key_is_not_found(graphql, ours):
    assert (await graphql("{ app { id } }", ours.member)).codes == ["NOT_FOUND"]


async def test_scopes_are_those_of_the_configuration(graphql, ours):
    answer = await graphql("{ scopes { value label description } }", ours.member)
    assert "openid" in [scope["value"] for scope in answer.ok()["scopes"]]


async def test_a_token_of_a_removed_member_says_nothing_of_them(graphql, ours, as_member):
    gone = as_member(ours.membership, sub="999999")
    assert (await graphql("{ me { id } }", gone)).codes == ["UNAUTHENTICATED"]


async def test_a_list_below_an_object_has_a_first_page_too(graphql, ours, lab):
    @sync_to_async
    def fill():
        Client.objects.bulk_create(
            Client(client_id=f"c{n}", hash_client_secret=False, release=ours.client.release)
            for n in range(150)
        )

    await fill()
    document = (
        "query ($page: OffsetPaginationInput) { releases { clients(pagination: $page) { id } } }"
    )
    sizes = []
    for page in (None, {"limit": 120}, {"offset": 145}):
        answer = await graphql(document, ours.member, page=page)
        sizes.append(len(answer.ok()["releases"][0]["clients"]))
    assert sizes == [100, 120, 6]
    refused = await graphql(document, ours.member, page={"offset": -1})
    assert refused.codes == ["INVALID_INPUT"]
