"""A person's own data: handed out whole, deleted whole."""

from __future__ import annotations

import orjson
import pytest
from people import PNG, member, principal

from chassis.errors import Conflict, Unauthenticated
from fakts_server.models.audit import AuditEntry
from fakts_server.models.client import Client
from fakts_server.models.media import Media
from fakts_server.models.user import User
from fakts_server.operations.account import account_delete, account_export
from fakts_server.operations.media import media_request, media_store


@pytest.fixture
def eve(lab):
    return member(lab, "eve")


def test_the_export_holds_everything_of_the_person_and_nothing_of_others(api, lab, eve, approve):
    approve(api.start(), membership=eve)
    approve(api.start(identifier="org.example.adas"))
    data = orjson.loads(orjson.dumps(account_export(principal=principal(eve))))
    assert data["account"]["username"] == "eve"
    assert data["memberships"][0]["roles"] == ["user"]
    assert [row["name"] for row in data["clients"]] == ["org.example.blobs:0.2.0"]
    assert [row["action"] for row in data["audit"]] == ["app.approved"]
    assert "adas" not in str(data)
    assert "password" not in str(data)


def test_deleting_takes_all_but_the_trail(api, lab, eve, approve):
    started = api.start()
    approve(started, membership=eve)
    envelope = api.poll(started).json()
    form = media_request(principal=principal(eve), name="a.png", content_type=None)
    media_store(key=form.key, policy=form.policy, signature=form.signature, content=PNG)
    account_delete(principal=principal(eve), username="eve")
    assert not User.objects.filter(username="eve").exists()
    assert not Client.objects.exists()
    assert not Media.objects.exists()
    assert api.refresh(envelope).json()["error"] == "invalid_grant"
    trail = AuditEntry.objects.filter(actor_id=eve.user_id)
    assert "person.deleted" in [entry.action for entry in trail]
    assert "eve" not in str(list(AuditEntry.objects.values()))


def test_one_types_ones_own_name(eve):
    with pytest.raises(Conflict):
        account_delete(principal=principal(eve), username="ada")
    assert User.objects.filter(username="eve").exists()


def test_nobody_leaves_an_organization_without_an_admin(lab, eve):
    with pytest.raises(Conflict, match="over first"):
        account_delete(principal=principal(lab), username="ada")
    assert User.objects.filter(username="ada").exists()


def test_who_is_alone_may_go(lab):
    account_delete(principal=principal(lab), username="ada")
    assert not User.objects.filter(username="ada").exists()


def test_a_deleted_person_asks_for_nothing(eve):
    who = principal(eve)
    account_delete(principal=who, username="eve")
    with pytest.raises(Unauthenticated):
        account_export(principal=who)
