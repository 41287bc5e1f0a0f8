"""Reports; what a client may say is tested at the endpoint."""

from __future__ import annotations

import pytest

from chassis import clock
from chassis.errors import Unauthenticated
from fakts_server.models.client import Client, ReportEntry
from fakts_server.operations.report import report_store
from fakts_server.wire.report import ReportBody

BODY = ReportBody.model_validate({"alias_reports": {"rekuest": {"valid": True}}})


def test_the_last_report_holds(logged_in, lab, mint, now):
    claims = {"org": str(lab.organization_id), "client_id": logged_in["client_id"]}
    principal = mint.member(**claims).principal
    report_store(principal=principal, body=BODY)
    now.forward(5)
    broken = {"alias_reports": {"rekuest": {"valid": False, "reason": "no answer"}}}
    report_store(
        principal=principal, body=ReportBody.model_validate({**broken, "functional": False})
    )
    [entry] = ReportEntry.objects.all()
    assert (entry.is_valid, entry.reason, entry.reported_at) == (False, "no answer", now.moment)
    client = Client.objects.get()
    assert (client.functional, client.last_reported_at) == (False, now.moment)


def test_a_client_that_is_removed_meanwhile_is_told_so(logged_in, lab, mint, monkeypatch):
    claims = {"org": str(lab.organization_id), "client_id": logged_in["client_id"]}
    moment = clock.now()

    def removed():
        Client.objects.all().delete()
        return moment

    principal = mint.member(**claims).principal
    monkeypatch.setattr(clock, "now", removed)
    with pytest.raises(Unauthenticated, match="was removed"):
        report_store(principal=principal, body=BODY)
    assert not ReportEntry.objects.exists()


def test_a_client_of_another_organization_reports_nothing(logged_in, rival, mint):
    claims = {"org": str(rival.organization_id), "client_id": logged_in["client_id"]}
    with pytest.raises(Unauthenticated):
        report_store(principal=mint.member(**claims).principal, body=BODY)
