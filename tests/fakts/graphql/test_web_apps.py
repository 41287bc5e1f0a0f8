"""Web apps of third parties through the API: registered, listed, given a new secret, removed."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from fakts_server.domain.secret import digest
from fakts_server.models.audit import AuditEntry
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.relying_party import dashboard_ensure

BACK = "https://viewer.example/done"
REGISTER = """mutation ($input: RegisterWebAppInput!) { registerWebApp(input: $input) {
  secret webApp { id clientId name redirectUris postLogoutRedirectUris scopes services
  confidential } } }"""
ROTATE = """mutation ($id: ID!) { rotateWebAppSecret(input: {id: $id}) {
  secret webApp { id } } }"""
REMOVE = "mutation ($id: ID!) { removeWebApp(input: {id: $id}) }"
LIST = "{ webApps { id name confidential } }"


@sync_to_async
def kept(row: str) -> RelyingParty | None:
    return RelyingParty.objects.filter(pk=row).first()


@sync_to_async
def trail() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


async def register(graphql, who, **wish):
    wish = {"name": "Plate viewer", "redirectUris": [BACK], **wish}
    return await graphql(REGISTER, who, input=wish)


async def test_a_web_app_is_registered_as_described(graphql, ours):
    answer = await register(
        graphql,
        ours.member,
        scopes=["openid", "profile"],
        services=["live.arkitekt.mikro"],
        postLogoutRedirectUris=["https://viewer.example/"],
    )
    made = answer.ok()["registerWebApp"]
    assert made["secret"] is None
    app = made["webApp"]
    assert app["clientId"].startswith("web-")
    assert (app["name"], app["redirectUris"]) == ("Plate viewer", [BACK])
    assert app["postLogoutRedirectUris"] == ["https://viewer.example/"]
    assert (app["scopes"], app["services"]) == (["openid", "profile"], ["live.arkitekt.mikro"])
    assert app["confidential"] is False
    assert (await kept(app["id"])).organization_id == ours.membership.organization_id
    assert (await trail())[-1] == "web_app.registered"


async def test_a_secret_is_shown_once_and_replaced(graphql, ours):
    made = (await register(graphql, ours.member, confidential=True)).ok()["registerWebApp"]
    row = made["webApp"]["id"]
    assert (await kept(row)).secret_hash == digest(made["secret"])
    renewed = (await graphql(ROTATE, ours.member, id=row)).ok()["rotateWebAppSecret"]
    assert renewed["webApp"]["id"] == row
    assert renewed["secret"] != made["secret"]
    assert (await kept(row)).secret_hash == digest(renewed["secret"])
    assert (await trail())[-1] == "web_app.secret_rotated"


async def test_an_app_of_the_browser_has_no_secret_to_replace(graphql, ours):
    made = (await register(graphql, ours.member)).ok()["registerWebApp"]
    refused = await graphql(ROTATE, ours.member, id=made["webApp"]["id"])
    assert refused.codes == ["CONFLICT"]


async def test_a_removed_web_app_is_gone(graphql, ours):
    row = (await register(graphql, ours.member)).ok()["registerWebApp"]["webApp"]["id"]
    assert (await graphql(REMOVE, ours.member, id=row)).ok()["removeWebApp"] == row
    assert await kept(row) is None
    assert (await trail())[-1] == "web_app.removed"
    assert (await graphql(REMOVE, ours.member, id=row)).codes == ["NOT_FOUND"]


async def test_admins_see_those_of_their_organization(graphql, ours, theirs, as_member):
    await sync_to_async(dashboard_ensure)()
    await register(graphql, ours.member, confidential=True)
    assert [one["name"] for one in (await graphql(LIST, ours.member)).ok()["webApps"]] == [
        "Plate viewer"
    ]
    assert (await graphql(LIST, theirs.member)).ok()["webApps"] == []
    user = as_member(ours.membership, roles=["user"])
    assert (await graphql(LIST, user)).codes == ["PERMISSION_DENIED"]
    assert (await register(graphql, user)).codes == ["PERMISSION_DENIED"]


async def test_those_of_others_and_of_the_platform_are_absent(graphql, ours, theirs):
    built_in = str((await sync_to_async(dashboard_ensure)()).pk)
    row = (await register(graphql, ours.member, confidential=True)).ok()["registerWebApp"]
    for document in (ROTATE, REMOVE):
        for target in (row["webApp"]["id"], built_in, "x", "999999"):
            assert (await graphql(document, theirs.member, id=target)).codes == ["NOT_FOUND"]
    assert await kept(row["webApp"]["id"]) is not None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": " "}, "name"),
        ({"redirectUris": []}, "redirect_uris"),
        ({"redirectUris": ["http://viewer.example/"]}, "redirect_uris"),
        ({"redirectUris": ["/done"]}, "redirect_uris"),
        ({"redirectUris": [f"{BACK}?{n}" for n in range(21)]}, "redirect_uris"),
        ({"postLogoutRedirectUris": ["javascript:alert(1)"]}, "post_logout_redirect_uris"),
        ({"scopes": ["openid", "everything"]}, "scopes"),
    ],
)
async def test_what_cannot_be_is_refused(graphql, ours, wish, field):
    answer = await register(graphql, ours.member, **wish)
    assert answer.codes == ["INVALID_INPUT"]
    assert field in str(answer.errors)
    assert not await sync_to_async(RelyingParty.objects.filter(is_builtin=False).exists)()
