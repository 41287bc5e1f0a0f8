"""Deciding about devices."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from chassis.errors import Conflict, NotFound
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.operations.device_code import device_code_approve, device_code_deny


def test_the_raw_device_id_is_dropped_at_the_decision(api, lab, approve):
    approved, denied = api.start(), api.start()
    approve(approved)
    device_code_deny(user_code=denied["user_code"], membership=lab)
    assert set(DeviceCode.objects.values_list("device_id", flat=True)) == {""}


@pytest.mark.parametrize("code", ["", "BBBB-BBBB", "1", "%", "\0"])
def test_only_the_code_itself_decides(api, lab, code):
    api.start()
    for decide in (
        lambda: device_code_approve(user_code=code, membership=lab),
        lambda: device_code_deny(user_code=code, membership=lab),
    ):
        with pytest.raises(NotFound):
            decide()


def test_a_blocked_member_decides_nothing(api, lab):
    lab.is_blocked = True
    lab.save()
    with pytest.raises(Conflict):
        device_code_approve(user_code=api.start()["user_code"], membership=lab)


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_are_one(api, lab):
    started = api.start()

    def decide(verb):
        try:
            if verb == "allow":
                device_code_approve(user_code=started["user_code"], membership=lab)
            else:
                device_code_deny(user_code=started["user_code"], membership=lab)
        except NotFound:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, ["allow", "deny", "allow", "deny"])) == 1


@pytest.mark.django_db(transaction=True)
def test_two_approvals_of_one_app_at_once_are_one_client(api, lab):
    codes = [api.start()["user_code"] for _ in range(4)]

    def approve(code):
        try:
            return device_code_approve(user_code=code, membership=lab).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(approve, codes))) == 1
    assert Client.objects.count() == 1
