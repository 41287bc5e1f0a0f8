"""Removed and blocked clients are listed at once, whichever way they went."""

from __future__ import annotations

import jwt
import pytest
from django.db import connection

from fakts_server.models.client import Client
from fakts_server.models.credential import Revocation
from fakts_server.models.mandate import Mandate
from fakts_server.operations.mandate import mandate_revoke
from fakts_server.operations.removal import client_remove
from fakts_server.operations.sweep import expired_sweep
from fakts_server.operations.user import member_remove


def listed(api):
    answer = api.browser.get("/fakts/o/revocations/")
    assert answer["Cache-Control"] == "no-store"
    return answer.json()["revoked"]


def generation(envelope):
    claims = jwt.decode(envelope["access_token"], options={"verify_signature": False})
    return claims["client_generation"]


def by_operation(lab):
    client_remove(client=Client.objects.get())


def by_sql(lab):
    with connection.cursor() as cursor:
        for table in ("fakts_service_instance_mapping", "fakts_refresh_token"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("DELETE FROM fakts_device_code")
        cursor.execute("DELETE FROM fakts_client")


def by_removing_the_member(lab):
    member_remove(membership=lab)


def by_removing_the_organization(lab):
    lab.organization.delete()


def by_blocking_the_member(lab):
    lab.is_blocked = True
    lab.save()


def by_blocking_the_person(lab):
    lab.user.is_active = False
    lab.user.save()


@pytest.mark.parametrize(
    "way",
    [
        by_operation,
        by_sql,
        by_removing_the_member,
        by_removing_the_organization,
        by_blocking_the_member,
        by_blocking_the_person,
    ],
)
def test_every_way_out_is_noted(api, lab, logged_in, way):
    assert listed(api) == {}
    way(lab)
    assert listed(api)[logged_in["client_id"]] > generation(logged_in)


@pytest.mark.parametrize("shut", [by_blocking_the_member, by_blocking_the_person])
def test_who_is_let_in_again_at_once_is_welcome_with_a_new_token(api, lab, logged_in, now, shut):
    # The clock stands still: all of this is in the same second, as when a block was a mistake.
    shut(lab)
    lab.is_blocked, lab.user.is_active = False, True
    lab.save()
    lab.user.save()
    again = api.refresh(logged_in).json()
    least = listed(api)[logged_in["client_id"]]
    assert generation(logged_in) < least <= generation(again)


def test_every_block_counts(api, lab, logged_in):
    seen = []
    for _ in range(3):
        by_blocking_the_member(lab)
        lab.is_blocked = False
        lab.save()
        seen.append(generation(api.refresh(logged_in).json()))
    assert seen == [1, 2, 3]


def test_a_client_that_comes_back_under_its_id_is_another_generation(api, lab, key):
    first = api.mandate(key).json()
    client_remove(client=Client.objects.get())
    Mandate.objects.update(client_id_offered=first["client_id"])
    again = api.mandate(key).json()
    assert again["client_id"] == first["client_id"]
    assert generation(first) < listed(api)[first["client_id"]] <= generation(again)


def test_a_revoked_key_takes_its_clients_along(api, key):
    client_id = api.mandate(key).json()["client_id"]
    mandate_revoke(mandate=Mandate.objects.get())
    assert client_id in listed(api)


def test_what_changes_nothing_is_not_noted(api, lab, logged_in):
    lab.user.first_name = "Ada"
    lab.user.save()
    lab.is_blocked = False
    lab.save()
    assert listed(api) == {}


def test_the_list_forgets_what_every_token_has_outlived(api, lab, logged_in, now):
    client_remove(client=Client.objects.get())
    now.forward(3600 + 30 + 12 * 3600 + 1)
    assert listed(api) == {}
    now.forward(2 * 86_400)
    assert expired_sweep()["revocations"] == 1
    assert not Revocation.objects.exists()
