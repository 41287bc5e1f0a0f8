"""Every root field of this service against strangers."""

from __future__ import annotations

import pytest

from chassis.testing.tenancy import TenancySuite, World
from kabinet_server.app import SCHEMA


class TestTenancy(TenancySuite):
    """The suite every service inherits; it grows with the schema by itself."""

    schema = SCHEMA

    @pytest.fixture
    def world(self, mint) -> World:
        """Two people of two organizations; ours has a name nobody else may see."""
        return World(
            ours=mint.member(sub="1", preferred_username="ada-of-the-first"),
            theirs=mint.member(sub="2", org="2", active_org="second", preferred_username="bob"),
            marker="ada-of-the-first",
        )
