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
    claims = jwt.decode(logged_in["access_token"], options={"verify_signature": False})
    assert listed(api)[logged_in["client_id"]] >= claims["iat"]


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
    now.forward(3600 + 31)
    assert listed(api) == {}
    now.forward(2 * 86_400)
    assert expired_sweep()["revocations"] == 1
    assert not Revocation.objects.exists()
