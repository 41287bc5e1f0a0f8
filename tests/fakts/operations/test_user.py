"""People and memberships."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from chassis.errors import InvalidInput, NotFound
from fakts_server.models.client import Client
from fakts_server.models.credential import SetupLink
from fakts_server.models.mandate import Mandate
from fakts_server.models.user import User
from fakts_server.operations.user import (
    first_admin_create,
    member_remove,
    member_set,
    setup_link_use,
)


def test_only_the_hash_of_a_set_up_link_is_kept(installed):
    path = first_admin_create().setup_path
    assert path.rpartition("/")[2] not in str(SetupLink.objects.get().__dict__)


@pytest.mark.django_db(transaction=True)
def test_two_uses_of_a_link_at_once_are_one(installed):
    token = first_admin_create().setup_path.rpartition("/")[2]

    def use(number):
        try:
            setup_link_use(token=token, password=f"a-long-secret-{number}")
        except NotFound:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_password_like_the_name_is_refused(installed):
    token = first_admin_create().setup_path.rpartition("/")[2]
    user = User.objects.get(username="admin")
    user.username = "alexandria"
    user.save()
    with pytest.raises(InvalidInput):
        setup_link_use(token=token, password="alexandria1")


def test_an_unknown_role_is_named(lab):
    with pytest.raises(InvalidInput, match="boss"):
        member_set(user=lab.user, organization=lab.organization, roles=["admin", "boss"])


def test_all_of_a_member_goes_with_the_membership(api, logged_in, key, lab):
    api.mandate(key)
    member_remove(membership=lab)
    assert not Client.objects.exists()
    assert not Mandate.objects.exists()
    assert User.objects.filter(pk=lab.user_id).exists()
