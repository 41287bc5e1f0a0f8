"""Reports of hubs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from fakts_server.wire.health import HubHealthBody


def test_a_report_reads_what_it_knows():
    body = HubHealthBody.model_validate(
        {"healthy": True, "more": 1, "instances": {"mikro": {"healthy": False, "reason": "disk"}}}
    )
    assert body.hub is None
    assert body.instances["mikro"].reason == "disk"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"healthy": "perhaps"},
        {"healthy": True, "instances": {"a": {}}},
        {"healthy": True, "instances": {"a\0": {"healthy": True}}},
        {"healthy": True, "instances": {str(n): {"healthy": True} for n in range(201)}},
    ],
)
def test_what_is_no_report_is_refused(body):
    with pytest.raises(ValidationError):
        HubHealthBody.model_validate(body)
