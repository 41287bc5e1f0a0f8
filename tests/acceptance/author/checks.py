"""The author's tests: one without a server, two with a whole platform."""

from __future__ import annotations

from typing import Any

import pytest


def test_double_alone(call: Any) -> None:
    assert call("double", 21) == 42


@pytest.mark.hub
def test_double_on_a_hub(hub_call: Any) -> None:
    assert hub_call("double", number=4) == 8


@pytest.mark.hub
def test_the_services_are_real(teststack: Any) -> None:
    assert teststack.call("known_agents") >= 0
    assert teststack.hub.fakts_url.startswith("http://127.0.0.1:")
    assert teststack.hub.mandate_key("another")
