"""Networks by the kinds of addresses."""

from __future__ import annotations

import pytest

from fakts_server.domain.alias import AliasKind
from fakts_server.domain.network import network_of, networks_of


def test_there_is_one_network_for_each_kind_that_occurs():
    found = networks_of(7, ["docker", "relative", "docker"])
    assert [one.id for one in found] == ["7-relative", "7-docker"]


@pytest.mark.parametrize("kind", list(AliasKind))
def test_every_kind_has_a_network_of_one_organization(kind):
    ours, theirs = network_of(1, kind), network_of(2, kind)
    assert ours.id != theirs.id
    assert (ours.name, ours.identifier) == (theirs.name, f"network.{kind}")
    assert ours.description
