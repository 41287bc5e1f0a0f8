"""Issuing and withdrawing mandates."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from appside import manifest
from django.db import connections

from fakts_server.domain.errors import InvalidGrant
from fakts_server.domain.origin import Origin
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate
from fakts_server.operations.mandate import mandate_key_login, mandate_revoke
from fakts_server.wire.token import MandateKeyForm

ORIGIN = Origin("http", "localhost", 8000)


def log_in(key, device):
    form = MandateKeyForm(key=key, manifest=manifest(device_id=device))
    try:
        mandate_key_login(form=form, origin=ORIGIN)
    except InvalidGrant:
        return 0
    finally:
        connections.close_all()
    return 1


@pytest.mark.django_db(transaction=True)
def test_first_logins_at_once_are_one_client(key):
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: log_in(key, "one"), range(4))) == 4
    assert Client.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_logins_at_once_do_not_slip_past_the_limit_of_devices(key):
    Mandate.objects.update(max_clients=2)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda device: log_in(key, device), "abcd")) == 2
    assert Client.objects.count() == 2


def test_the_first_reason_of_a_withdrawal_stays(key):
    mandate = Mandate.objects.get()
    mandate_revoke(mandate=mandate)
    first = Mandate.objects.get().revoked_at
    mandate_revoke(mandate=mandate)
    assert Mandate.objects.get().revoked_at == first


def test_the_use_of_a_key_is_noted_once_a_minute(api, key, now):
    api.mandate(key)
    first = Mandate.objects.get().last_used_at
    now.forward(30)
    api.mandate(key)
    assert Mandate.objects.get().last_used_at == first
    now.forward(31)
    api.mandate(key)
    assert Mandate.objects.get().last_used_at == now.moment
