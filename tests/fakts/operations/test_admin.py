"""Orders of the operator."""

from __future__ import annotations

import pytest

from chassis.errors import Conflict, InvalidInput, NotFound, PlatformError
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership, Organization
from fakts_server.models.user import User
from fakts_server.operations.admin import admin_run


def run(op, **fields):
    return admin_run({"op": op, **fields})


def test_the_first_admin_is_made_once(installed):
    first = run("bootstrap.first_admin")
    assert first["created"] is True
    assert first["setup_path"].startswith("/fakts/setup/")
    assert User.objects.get(username="admin").check_password(first["password"])
    assert run("bootstrap.first_admin") == {"created": False, "username": "admin"}
    [user] = run("user.list", organization="default")["users"]
    assert user["roles"] == ["admin"]


def test_organizations(installed):
    made = run("org.create", slug="lab", name="The Lab")
    assert (made["slug"], made["name"]) == ("lab", "The Lab")
    assert made in run("org.list")["organizations"]
    with pytest.raises(Conflict):
        run("org.create", slug="lab")
    assert Organization.objects.filter(slug="lab").count() == 1


def test_a_name_that_is_none_is_told_in_plain_words(installed):
    with pytest.raises(InvalidInput) as refused:
        run("org.create", slug="The Lab")
    assert refused.value.field == "slug"
    assert refused.value.message.startswith("slug: use lower-case letters")


def test_people(installed):
    run("org.create", slug="lab")
    run("org.create", slug="other")
    made = run(
        "user.create", username="eve", organization="lab", role="viewer", password="long-enough-1"
    )
    assert (made["username"], made["roles"]) == ("eve", ["viewer"])
    with pytest.raises(Conflict):
        run("user.create", username="eve", organization="lab", role="admin", password="another-1")
    # In a second organization the person stays who they are.
    run("user.create", username="eve", organization="other", role="admin", password="stolen-1234")
    user = User.objects.get(username="eve")
    assert user.check_password("long-enough-1")
    assert Membership.objects.filter(user=user).count() == 2
    assert [row["username"] for row in run("user.list", organization="lab")["users"]] == ["eve"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"organization": "nowhere"}, "organization"),
        ({"role": "boss"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "12345678"}, "password"),
        ({"username": "a b"}, "username"),
        ({"username": "a\0"}, "username"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_people_are_refused_by_field(lab, changes, field):
    order = {
        "username": "eve",
        "organization": "lab",
        "role": "viewer",
        "password": "long-enough-1",
        **changes,
    }
    with pytest.raises(PlatformError) as refused:
        run("user.create", **order)
    assert refused.value.field == field
    assert not User.objects.filter(username="eve").exists()


def test_keys(lab):
    made = run(
        "key.create", username="ada", organization="lab", app="org.one", expires_seconds=3600
    )
    assert made["key"].startswith(made["prefix"])
    [row] = run("key.list", organization="lab")["keys"]
    assert "key" not in row
    assert (row["id"], row["app"], row["revoked_at"]) == (made["id"], "org.one", None)
    run("key.revoke", id=made["id"])
    assert run("key.list")["keys"][0]["revoked_at"]
    with pytest.raises(NotFound):
        run("key.revoke", id="999999")


def test_keys_have_the_configured_life(lab, configured, now):
    configured(mandate_key_seconds=60)
    run("key.create", username="ada", organization="lab")
    assert (Mandate.objects.get().expires_at - now.moment).total_seconds() == 60


@pytest.mark.parametrize("who", [("ada", "nowhere"), ("nobody", "lab")])
def test_keys_are_for_members(lab, who):
    with pytest.raises(NotFound):
        run("key.create", username=who[0], organization=who[1])


def test_devices(api, lab):
    started = api.start(requirements=[])
    [row] = run("device.list")["devices"]
    assert (row["user_code"], row["app"]) == (started["user_code"], "org.example.blobs")
    who = {"user_code": started["user_code"].lower(), "username": "ada", "organization": "lab"}
    run("device.approve", **who)
    assert api.poll(started).status_code == 200
    assert run("device.list")["devices"] == []
    for op in ("device.approve", "device.deny"):
        with pytest.raises(NotFound):
            run(op, **who)


def test_devices_can_be_denied_or_declined_in_part(api, lab):
    from appside import requirement

    started = api.start()
    who = {"username": "ada", "organization": "lab"}
    run("device.deny", user_code=started["user_code"], **who)
    assert api.poll(started).json()["error"] == "access_denied"
    wishes = [
        requirement("a", "live.arkitekt.rekuest"),
        requirement("b", "live.arkitekt.s3", optional=True),
    ]
    started = api.start(requirements=wishes)
    approve = {"op": "device.approve", "user_code": started["user_code"], **who}
    for beyond in ("a", "unheard-of"):
        with pytest.raises(InvalidInput, match=beyond):
            admin_run({**approve, "decline": [beyond, "b"]})
    found = admin_run({**approve, "decline": ["b"]})
    assert found["statuses"] == {"a": "granted", "b": "denied"}


def test_a_device_that_cannot_work_is_refused_with_the_reason(api, lab):
    from appside import requirement

    started = api.start(requirements=[requirement("x", "live.nobody.x")])
    with pytest.raises(PlatformError, match=r"live\.nobody\.x"):
        run("device.approve", user_code=started["user_code"], username="ada", organization="lab")


@pytest.mark.parametrize("data", [None, [], "x", {}, {"op": "drop.tables"}, {"op": None}])
def test_what_is_no_order_is_refused(installed, data):
    with pytest.raises(InvalidInput):
        admin_run(data)
