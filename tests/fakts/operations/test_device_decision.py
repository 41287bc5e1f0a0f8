"""Deciding about a device through the API."""

from __future__ import annotations

import pytest
from appside import requirement
from people import member, principal

from chassis.errors import InvalidInput, NotFound, RateLimited
from fakts_server.domain.errors import InvalidTarget
from fakts_server.models.audit import AuditEntry
from fakts_server.models.instance import Service
from fakts_server.operations.device_decision import (
    Decision,
    device_accept,
    device_decline,
    waiting_device,
)
from fakts_server.operations.instance import Access, instance_create, instance_update

NEEDS = [
    requirement("rekuest", "live.arkitekt.rekuest"),
    requirement("mikro", "live.arkitekt.mikro", optional=True),
]


@pytest.fixture
def ada(lab):
    return principal(lab)


@pytest.fixture
def second(ada, lab):
    service = Service.objects.get(organization=lab.organization, identifier="live.arkitekt.mikro")
    return instance_create(principal=ada, identifier="mikro-2", service=service.pk, access=Access())


def test_a_member_sees_what_would_answer(api, ada):
    started = api.start(requirements=[*NEEDS, requirement("x", "org.none", optional=True)])
    waiting = waiting_device(principal=ada, user_code=started["user_code"].lower())
    answers = [match.offer and match.offer.identifier for match in waiting.approval.matches]
    assert answers == ["rekuest", "mikro", None]
    assert waiting.approval.hub.name == "default"


def test_an_app_is_let_in_as_the_person_picked(api, ada, second):
    started = api.start(requirements=NEEDS)
    picked = Decision(device_name="bench", choices={"mikro": second.pk})
    client = device_accept(principal=ada, user_code=started["user_code"], decision=picked)
    assert client.mappings.get(key="mikro").instance == second
    assert client.device.name == "bench"
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.details["app"]) == ("app.approved", "org.example.blobs")


def test_the_default_answers_when_nobody_picks(api, ada, second):
    instance_update(principal=ada, instance_id=second.pk, access=Access(), is_default=True)
    started = api.start(requirements=NEEDS)
    client = device_accept(principal=ada, user_code=started["user_code"], decision=Decision())
    assert client.mappings.get(key="mikro").instance == second


def test_declined_requirements_stay_out(api, ada):
    started = api.start(requirements=NEEDS)
    client = device_accept(
        principal=ada, user_code=started["user_code"], decision=Decision(declined=["mikro"])
    )
    assert client.statuses == {"rekuest": "granted", "mikro": "denied"}
    again = api.start(requirements=NEEDS)
    with pytest.raises(InvalidInput):
        device_accept(
            principal=ada, user_code=again["user_code"], decision=Decision(declined=["rekuest"])
        )


def test_a_missing_required_service_is_said_in_a_sentence(api, ada):
    started = api.start(requirements=[requirement("x", "org.none")])
    with pytest.raises(InvalidTarget, match=r"org\.none"):
        device_accept(principal=ada, user_code=started["user_code"], decision=Decision())
    assert api.poll(started).json()["error"] == "authorization_pending"


def test_nobody_picks_an_instance_they_may_not_use(api, ada, lab, second, rival):
    eve = member(lab, "eve")
    instance_update(principal=ada, instance_id=second.pk, access=Access(denied_users=[eve.user_id]))
    for who in (eve, rival):
        started = api.start(requirements=NEEDS)
        with pytest.raises(InvalidInput):
            device_accept(
                principal=principal(who),
                user_code=started["user_code"],
                decision=Decision(choices={"mikro": second.pk}),
            )


def test_a_refused_device_is_told_so(api, ada):
    started = api.start()
    device_decline(principal=ada, user_code=started["user_code"])
    assert api.poll(started).json()["error"] == "access_denied"
    assert AuditEntry.objects.latest("pk").action == "app.denied"


def test_guessing_codes_is_stopped(configured, ada):
    configured(throttles={"user_code_failures": 3})
    for _ in range(3):
        with pytest.raises(NotFound):
            waiting_device(principal=ada, user_code="BBBB-BBBB")
    with pytest.raises(RateLimited):
        waiting_device(principal=ada, user_code="BBBB-BBBB")
