"""Reports of clients."""

from __future__ import annotations

from fakts_server.wire.report import ReportBody


def test_the_report_of_the_client_is_read():
    body = ReportBody.model_validate(
        {
            "alias_reports": {"rekuest": {"alias_id": "12", "reason": None, "valid": True}},
            "functional": True,
        }
    )
    assert body.alias_reports["rekuest"].alias_id == "12"
