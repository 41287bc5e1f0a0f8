"""Revoking apps, ending sessions, naming machines."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.models.app import Device
from fakts_server.models.audit import AuditEntry
from fakts_server.models.client import Client
from fakts_server.operations.installed import (
    client_revoke,
    device_group_create,
    device_rename,
    session_end,
)
from fakts_server.selectors.app_session import app_sessions_visible_to


@pytest.fixture
def eve(lab):
    return member(lab, "eve")


@pytest.fixture
def running(api, eve, approve):
    """An app of eve's with a session; its envelope."""
    started = api.start()
    approve(started, membership=eve)
    return api.poll(started).json()


def test_a_revoked_app_gets_no_token(api, running, eve):
    client = Client.objects.get()
    assert client_revoke(principal=principal(eve), client_id=client.pk) == running["client_id"]
    assert api.refresh(running).json()["error"] == "invalid_grant"
    assert AuditEntry.objects.latest("pk").action == "client.revoked"


def test_sessions_are_seen_by_their_person_and_admins(running, eve, lab, rival):
    [mine] = app_sessions_visible_to(principal(eve))
    assert mine.client.client_id == running["client_id"]
    assert app_sessions_visible_to(principal(lab)) == [mine]
    assert app_sessions_visible_to(principal(member(lab, "zoe"))) == []
    assert app_sessions_visible_to(principal(rival)) == []


def test_a_refreshed_session_stays_one(api, running, eve):
    api.refresh(running)
    assert len(app_sessions_visible_to(principal(eve))) == 1


def test_an_ended_session_is_over_and_the_app_stays(api, running, eve):
    [session] = app_sessions_visible_to(principal(eve))
    session_end(principal=principal(eve), session_id=str(session.chain))
    assert api.refresh(running).json()["error"] == "invalid_grant"
    assert app_sessions_visible_to(principal(eve)) == []
    assert Client.objects.exists()


def test_others_end_and_revoke_nothing(running, eve, lab, rival):
    [session] = app_sessions_visible_to(principal(eve))
    client = Client.objects.get()
    for who, error in ((member(lab, "zoe", "editor"), PermissionDenied), (rival, NotFound)):
        with pytest.raises(error):
            session_end(principal=principal(who), session_id=str(session.chain))
        with pytest.raises(error):
            client_revoke(principal=principal(who), client_id=client.pk)
    with pytest.raises(NotFound):
        session_end(principal=principal(eve), session_id="no-uuid")
    client_revoke(principal=principal(lab), client_id=client.pk)


def test_machines_get_names_and_groups(running, lab, eve, rival):
    device = Device.objects.get(organization=lab.organization)
    ada = principal(lab)
    assert device_rename(principal=ada, device_id=device.pk, name=" bench ").name == "bench"
    with pytest.raises(InvalidInput):
        device_rename(principal=ada, device_id=device.pk, name="")
    with pytest.raises(NotFound):
        device_rename(principal=principal(rival), device_id=device.pk, name="x")
    with pytest.raises(PermissionDenied):
        device_rename(principal=principal(eve), device_id=device.pk, name="x")
    group = device_group_create(principal=ada, name="room 1", devices=[device.pk])
    assert [*group.devices.all()] == [device]
    with pytest.raises(Conflict):
        device_group_create(principal=ada, name="room 1", devices=[])
    with pytest.raises(NotFound):
        device_group_create(principal=principal(rival), name="x", devices=[device.pk])
