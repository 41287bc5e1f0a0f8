"""Hubs: which one answers an app, and what they report."""

from __future__ import annotations

import pytest
from appside import requirement
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.models.client import Client
from fakts_server.models.instance import HubHealthReport, Service, ServiceInstance
from fakts_server.operations.hub import hub_create, hub_report
from fakts_server.operations.instance import Access, instance_create, instance_update
from fakts_server.wire.health import HubHealthBody


@pytest.fixture
def ada(lab):
    return principal(lab)


@pytest.fixture
def gpu(ada, lab):
    """A second hub with a rekuest that provides `cuda`; its instance."""
    hub = hub_create(principal=ada, identifier="gpu")
    service = Service.objects.get(organization=lab.organization, identifier="live.arkitekt.rekuest")
    made = instance_create(
        principal=ada, identifier="rekuest-gpu", service=service.pk, access=Access(), hub=hub.pk
    )
    return instance_update(principal=ada, instance_id=made.pk, access=Access(), provides=["cuda"])


def test_an_app_that_needs_cuda_comes_to_where_it_is(api, gpu, approve):
    needs = [requirement("rekuest", "live.arkitekt.rekuest"), requirement("gpu", "cuda")]
    client = approve(api.start(requirements=needs))
    assert client.hub == gpu.hub
    assert {row.instance for row in client.mappings.all()} == {gpu}
    plain = approve(api.start(requirements=needs[:1], identifier="org.example.plain"))
    assert plain.hub.identifier == "default"


def test_an_optional_wish_decides_among_hubs_and_never_blocks(api, gpu, approve, ada):
    needs = [
        requirement("rekuest", "live.arkitekt.rekuest"),
        requirement("gpu", "cuda", optional=True),
    ]
    assert approve(api.start(requirements=needs)).hub == gpu.hub
    instance_update(principal=ada, instance_id=gpu.pk, access=Access(), provides=[])
    client = approve(api.start(requirements=needs))
    assert client.hub.identifier == "default"
    assert client.statuses["gpu"] == "unavailable"


@pytest.mark.parametrize("word", ["", "a b", "x" * 101, "a/b"])
def test_hubs_have_names(ada, word):
    with pytest.raises(InvalidInput):
        hub_create(principal=ada, identifier=word)


def test_hubs_are_once_and_for_admins(ada, lab):
    hub_create(principal=ada, identifier="gpu")
    with pytest.raises(Conflict):
        hub_create(principal=ada, identifier="gpu")
    with pytest.raises(PermissionDenied):
        hub_create(principal=principal(member(lab, "eve")), identifier="x")


def test_a_report_is_kept_for_instances_of_the_hub(ada, lab, rival):
    bot = principal(member(lab, "hubbot", "bot"))
    body = HubHealthBody.model_validate(
        {
            "healthy": False,
            "version": "1.2",
            "instances": {
                "mikro": {"healthy": False, "reason": "disk"},
                "invented": {"healthy": True},
            },
        }
    )
    report = hub_report(principal=bot, body=body)
    [health] = report.instances.all()
    assert (health.instance.identifier, health.reason) == ("mikro", "disk")
    report.hub.refresh_from_db()
    assert (report.hub.last_healthy, report.hub.version) == (False, "1.2")
    with pytest.raises(PermissionDenied):
        hub_report(principal=principal(member(lab, "eve")), body=body)
    foreign = body.model_copy(update={"hub": str(report.hub.pk)})
    with pytest.raises(NotFound):
        hub_report(principal=principal(rival), body=foreign)


def test_only_the_newest_hundred_reports_are_kept(ada, lab):
    hub = lab.organization.hubs.get()
    HubHealthReport.objects.bulk_create(HubHealthReport(hub=hub, healthy=True) for _ in range(120))
    newest = hub_report(principal=ada, body=HubHealthBody(healthy=True))
    assert HubHealthReport.objects.count() == 100
    assert HubHealthReport.objects.latest("pk") == newest


def test_denied_people_are_wired_past_an_instance_at_once(api, ada, lab, logged_in):
    assert set(logged_in["instances"]) == {"rekuest", "s3"}
    rekuest = ServiceInstance.objects.get(hub=lab.organization.hubs.get(), identifier="rekuest")
    change = {"principal": ada, "instance_id": rekuest.pk}
    instance_update(**change, access=Access(denied_users=[lab.user_id]))
    after = api.refresh(logged_in).json()
    assert set(after["instances"]) == {"s3"}
    assert after["statuses"]["rekuest"] == "unavailable"
    instance_update(**change, access=Access(denied_users=[], allowed_users=[lab.user_id]))
    assert "rekuest" in api.refresh(after).json()["instances"]
    eve = member(lab, "eve")
    instance_update(**change, access=Access(allowed_users=[eve.user_id]))
    assert Client.objects.exists()
    assert "rekuest" not in api.refresh(after).json()["instances"]
