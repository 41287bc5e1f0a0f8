"""Parameters and secrets of apps."""

from __future__ import annotations

from kabinet_server.models import AppSetting, AuditEntry, Deployment

SET = "mutation($input: ConfigureAppInput!) { configureApp(input: $input) { params secretKeys } }"
GET = "query($app: ID!) { appConfiguration(app: $app) { params secretKeys } }"
OPEN = "mutation($id: ID!) { openDeploymentValues(deployment: $id) { params secrets } }"


async def app_of(shop):
    return (await shop.run("{ apps { id } }"))[0]["id"]


async def test_secrets_are_written_and_never_read(shop):
    await shop.release()
    app = await app_of(shop)
    assert await shop.run(GET, app=app) == {"params": {}, "secretKeys": []}
    given = {"app": app, "params": {"threads": 2}, "secrets": {"token": "hush-hush", "old": "x"}}
    assert await shop.run(SET, input=given) == {
        "params": {"threads": 2},
        "secretKeys": ["old", "token"],
    }
    again = await shop.run(SET, input={"app": app, "secrets": {"old": None, "new": "y"}})
    assert again == {"params": {"threads": 2}, "secretKeys": ["new", "token"]}
    row = await AppSetting.objects.aget()
    assert b"hush" not in bytes(row.secrets)
    entries = [one async for one in AuditEntry.objects.filter(kind="SECRETS_SET")]
    assert [one.detail["names"] for one in entries] == [["old", "token"], ["new", "old"]]
    assert "hush" not in str([one.detail for one in entries])


async def test_setting_them_is_for_admins(shop, mint):
    await shop.release()
    app = await app_of(shop)
    answer = await shop.graphql(SET, mint.member(roles=["user"]), input={"app": app})
    assert answer.codes == ["PERMISSION_DENIED"]
    for bad in ([1], {"": 1}, {"x" * 201: 1}, {str(n): n for n in range(201)}):
        answer = await shop.graphql(SET, shop.member, input={"app": app, "secrets": bad})
        assert answer.codes == ["INVALID_INPUT"]


async def test_the_backend_that_runs_an_app_opens_them_and_nobody_else(shop, mint):
    release = await shop.release()
    app = await app_of(shop)
    given = {"app": app, "params": {"a": 1, "b": 1}, "secrets": {"token": "t", "shared": "app"}}
    await shop.run(SET, input=given)
    await shop.backend()
    deployment = await shop.deploy(release, secretParams={"shared": "own"})
    assert await shop.run(OPEN, id=deployment["id"]) == {
        "params": {"a": 1, "b": 1},
        "secrets": {"token": "t", "shared": "own"},
    }
    entry = await AuditEntry.objects.aget(kind="SECRETS_OPENED")
    assert entry.detail["names"] == ["shared", "token"]
    row = await Deployment.objects.aget()
    assert b"own" not in bytes(row.secret_params)
    other_admin = mint.member(sub="9", client_id="dashboard")
    assert (await shop.graphql(OPEN, other_admin, id=deployment["id"])).codes == [
        "PERMISSION_DENIED"
    ]
